/*
 * test_egress.c: which addresses are public, private, or never to be connected to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "check.h"
#include "common/egress.h"

static void
address(const char *text, bool anywhere, bool inside)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	const struct sockaddr *any = (const struct sockaddr *) &four;

	if (strchr(text, ':') != NULL)
		any = (const struct sockaddr *) &six;
	CHECK(text, inet_pton(AF_INET, text, &four.sin_addr) == 1 ||
		  inet_pton(AF_INET6, text, &six.sin6_addr) == 1);
	CHECK(text, egress_allowed(any, false) == anywhere && egress_allowed(any, true) == inside);
}

static void
test_public(void)
{
	static const char *const addresses[] = {
		"8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
		"192.167.255.255", "192.169.0.0", "100.63.255.255", "100.128.0.0", "223.255.255.255",
		"2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
	};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		address(addresses[i], true, true);
}

static void
test_private(void)
{
	static const char *const addresses[] = {
		"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1",
		"127.255.255.255", "100.64.0.1", "198.18.0.1", "::1", "fc00::1", "fdff::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
	};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		address(addresses[i], false, true);
}

static void
test_never(void)
{
	static const char *const addresses[] = {
		"169.254.169.254", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1",
		"255.255.255.255", "192.0.0.192", "::", "fe80::1", "ff02::1", "::ffff:169.254.169.254",
		"64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::127.0.0.1",
	};
	const struct sockaddr local = {.sa_family = AF_UNIX};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		address(addresses[i], false, false);
	CHECK("a socket that is not of the internet", !egress_allowed(&local, true));
}

int
main(void)
{
	test_public();
	test_private();
	test_never();
	return check_close();
}
