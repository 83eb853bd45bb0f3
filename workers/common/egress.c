/*
 * egress.c: which addresses a daemon may connect to.
 *
 * IPv4 addresses inside IPv6 (mapped, and NAT64's well-known prefix) are judged as IPv4.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/egress.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

typedef enum EgressKind
{
	EGRESS_PUBLIC,
	EGRESS_PRIVATE,
	EGRESS_NEVER
} EgressKind;

typedef struct EgressBlock4
{
	uint32_t	network;
	int			bits;
	EgressKind	kind;
} EgressBlock4;

/* IANA's special-purpose registry; 240/4 holds broadcast. */
static const EgressBlock4 egress_blocks4[] = {
	{0x00000000, 8, EGRESS_NEVER},
	{0x0A000000, 8, EGRESS_PRIVATE},	/* 10.0.0.0 */
	{0x64400000, 10, EGRESS_PRIVATE},	/* 100.64.0.0: carriers */
	{0x7F000000, 8, EGRESS_PRIVATE},	/* 127.0.0.0 */
	{0xA9FE0000, 16, EGRESS_NEVER}, /* 169.254.0.0: link-local */
	{0xAC100000, 12, EGRESS_PRIVATE},	/* 172.16.0.0 */
	{0xC0000000, 24, EGRESS_NEVER}, /* 192.0.0.0 */
	{0xC0A80000, 16, EGRESS_PRIVATE},	/* 192.168.0.0 */
	{0xC6120000, 15, EGRESS_PRIVATE},	/* 198.18.0.0: benchmarks */
	{0xE0000000, 4, EGRESS_NEVER},	/* multicast */
	{0xF0000000, 4, EGRESS_NEVER},
};

static EgressKind
egress_kind4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(egress_blocks4) / sizeof(egress_blocks4[0]); i++)
	{
		const EgressBlock4 *block = &egress_blocks4[i];

		if ((address ^ block->network) >> (32 - block->bits) == 0)
			return block->kind;
	}
	return EGRESS_PUBLIC;
}

static uint32_t
egress_last4(const struct in6_addr *address)
{
	uint32_t	last;

	memcpy(&last, &address->s6_addr[12], sizeof(last));
	return ntohl(last);
}

static EgressKind
egress_kind6(const struct in6_addr *address)
{
	static const unsigned char nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
	const unsigned char *bytes = address->s6_addr;

	if (IN6_IS_ADDR_V4MAPPED(address) || memcmp(bytes, nat64, sizeof(nat64)) == 0)
		return egress_kind4(egress_last4(address));
	if (IN6_IS_ADDR_LOOPBACK(address) || (bytes[0] & 0xFE) == 0xFC)
		return EGRESS_PRIVATE;	/* ::1 and fc00::/7 */
	if ((bytes[0] & 0xE0) != 0x20)
		return EGRESS_NEVER;	/* whatever is not global unicast, 2000::/3 */
	if (bytes[0] == 0x20 && bytes[1] == 0x02)
		return EGRESS_NEVER;	/* 6to4 could carry any IPv4 address */
	return EGRESS_PUBLIC;
}

bool
egress_allowed(const struct sockaddr *address, bool private_allowed)
{
	EgressKind	kind = EGRESS_NEVER;

	if (address->sa_family == AF_INET)
		kind = egress_kind4(ntohl(((const struct sockaddr_in *) address)->sin_addr.s_addr));
	else if (address->sa_family == AF_INET6)
		kind = egress_kind6(&((const struct sockaddr_in6 *) address)->sin6_addr);
	return kind == EGRESS_PUBLIC || (kind == EGRESS_PRIVATE && private_allowed);
}
