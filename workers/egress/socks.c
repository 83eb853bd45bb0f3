/*
 * socks.c: the same demand, by SOCKS 5.
 *
 *     client  5, n, methods[n]                  server  5, 2 (name and password)
 *     client  1, n, name[n], n, password[n]     server  1, 0
 *     client  5, 1 (connect), 0, type, host, port u16
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/socks.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define SOCKS_BY_PASSWORD 2
#define SOCKS_CONNECT 1

typedef enum SocksType
{
	SOCKS_IPV4 = 1,
	SOCKS_NAME = 3,
	SOCKS_IPV6 = 4
} SocksType;

typedef struct Bytes
{
	const unsigned char *at;
	size_t		len;
} Bytes;

static SocksState
socks_methods(Socks *socks, Bytes in)
{
	if (in.len < 2 || in.len < (size_t) in.at[1] + 2)
		return SOCKS_MORE;
	if (in.at[0] != SOCKS_VERSION || memchr(in.at + 2, SOCKS_BY_PASSWORD, in.at[1]) == NULL)
		return SOCKS_BAD;
	socks->used += (size_t) in.at[1] + 2;
	socks->say[0] = SOCKS_VERSION;
	socks->say[1] = SOCKS_BY_PASSWORD;
	return SOCKS_SAY;
}

static SocksState
socks_login(Socks *socks, Bytes in, Demand *demand)
{
	char		text[2 * 256 + 2];
	size_t		name;
	size_t		word;
	int			len;

	if (in.len < 2 || in.len < (name = in.at[1]) + 3 ||
		in.len < name + (word = in.at[name + 2]) + 3)
		return SOCKS_MORE;
	len = snprintf(text, sizeof(text), "%.*s/%.*s", (int) name, (const char *) in.at + 2,
				   (int) word,
				   (const char *) in.at + name + 3);
	if (in.at[0] != 1 || (size_t) len != name + word + 1 ||
		!demand_identity(text, (size_t) len, &demand->identity))
		return SOCKS_BAD;
	socks->used += name + word + 3;
	socks->say[0] = 1;
	socks->say[1] = 0;
	return SOCKS_SAY;
}

/* The host's length in the message, with the byte that says so. */
static size_t
socks_host_len(Bytes in)
{
	switch (in.at[3])
	{
		case SOCKS_IPV4:
			return sizeof(struct in_addr);
		case SOCKS_IPV6:
			return sizeof(struct in6_addr);
		case SOCKS_NAME:
			return (size_t) in.at[4] + 1;
		default:
			return 0;
	}
}

static bool
socks_host(Bytes in, size_t len, Demand *demand)
{
	if (in.at[3] == SOCKS_NAME)
		return demand_host(demand, (const char *) in.at + 5, len - 1);
	return inet_ntop(in.at[3] == SOCKS_IPV4 ? AF_INET : AF_INET6, in.at + 4, demand->host,
					 sizeof(demand->host)) != NULL;
}

static SocksState
socks_connect(Socks *socks, Bytes in, Demand *demand)
{
	size_t		len;

	if (in.len < 5)
		return SOCKS_MORE;
	len = socks_host_len(in);
	if (in.at[0] != SOCKS_VERSION || in.at[1] != SOCKS_CONNECT || len == 0)
		return SOCKS_BAD;
	if (in.len < len + 6)
		return SOCKS_MORE;
	demand->port = in.at[4 + len] << 8 | in.at[5 + len];
	if (demand->port == 0 || !socks_host(in, len, demand))
		return SOCKS_BAD;
	socks->used += len + 6;
	return SOCKS_DONE;
}

SocksState
socks_read(Socks *socks, const Buf *input, Demand *demand)
{
	const Bytes in = {(const unsigned char *) input->data + socks->used, input->len - socks->used};
	SocksState	state;

	if (socks->step == 0)
		state = socks_methods(socks, in);
	else if (socks->step == 1)
		state = socks_login(socks, in, demand);
	else
		state = socks_connect(socks, in, demand);
	socks->step += state == SOCKS_SAY;
	return state;
}

void
socks_reply(SocksReply reply, char bytes[SOCKS_REPLY_LEN])
{
	memset(bytes, 0, SOCKS_REPLY_LEN);
	bytes[0] = SOCKS_VERSION;
	bytes[1] = (char) reply;
	bytes[3] = SOCKS_IPV4;
}
