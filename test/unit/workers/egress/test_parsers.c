/*
 * test_parsers.c: what clients send to the egress proxy: every cut of a good message, and many damaged ones.
 *
 * What the readers refuse by rule is tried against the running proxy; here they are to survive, and
 * never to read past the end: each input lies at the end of memory of its own, so that the
 * sanitizers see the first byte too far.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "egress/demand.h"
#include "egress/hello.h"
#include "egress/socks.h"

#define TENANT "00000000-0000-4000-8000-0000000000d1"
#define ROUNDS 60000

static const char get[] = "GET http://api.example.org:8080/a?b=c HTTP/1.1\r\nPortarium-Identity: " TENANT
	"/books\r\nContent-Length: 3\r\nX: y\r\n\r\n";
static const char tunnel[] = "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nPortarium-Identity: " TENANT "/books\r\n\r\n";

/* A ClientHello with one cipher and the names api.example.org, behind another extension. */
static const unsigned char hello[] =
	"\x16\x03\x01\x00\x4b\x01\x00\x00\x47\x03\x03" "0123456789abcdef0123456789abcdef" "\x00\x00\x02\x13\x01\x01\x00"
	"\x00\x1c\x00\x17\x00\x00\x00\x00\x00\x14\x00\x12\x00\x00\x0f" "API.example.org";
static const unsigned char login[] = "\x01\x24" TENANT "\x05" "books";
static const unsigned char named[] = "\x05\x01\x00\x03\x0f" "api.example.org\x01\xbb";

/* A copy that ends where its memory ends; never NULL. */
static unsigned char *
copy(const void *bytes, size_t len)
{
	unsigned char *memory = malloc(len > 0 ? len : 1);

	if (memory == NULL)
		abort();
	memcpy(memory, bytes, len);
	return memory;
}

static bool
read_demand(const void *bytes, size_t len, Demand *demand)
{
	unsigned char *memory = copy(bytes, len);
	bool		good;
	Failure		failure;

	demand_init(demand);
	good = demand_head_len((char *) memory, len) == len && demand_parse(demand, (char *) memory,
																		len, &failure);
	free(memory);
	return good;
}

static HelloState
read_hello(const void *bytes, size_t len, char host[HELLO_HOST_MAX + 1])
{
	unsigned char *memory = copy(bytes, len);
	HelloState	state = hello_read(memory, len, host);

	free(memory);
	return state;
}

/* One message at a step of SOCKS. */
static SocksState
read_socks(int step, const void *bytes, size_t len, Demand *demand)
{
	unsigned char *memory = copy(bytes, len);
	const Buf	input = {.data = (char *) memory, .len = len};
	Socks		socks = {.step = step};
	SocksState	state;

	demand_init(demand);
	state = socks_read(&socks, &input, demand);
	demand_free(demand);
	free(memory);
	return state;
}

static void
test_demands(void)
{
	Demand		demand;
	bool		cut_good = false;

	CHECK("a plain request", read_demand(get, sizeof(get) - 1, &demand) && !demand.tunnel &&
		  demand.body == 3 &&
		  strcmp(demand.host, "api.example.org") == 0 && demand.port == 8080 &&
		  strcmp(demand.identity.tenant, TENANT) == 0 && strcmp(demand.identity.adapter,
																"books") == 0);
	CHECK("is written anew",
		  strcmp(demand.head.data, "GET /a?b=c HTTP/1.1\r\nHost: api.example.org:8080\r\n"
									"Connection: close\r\nContent-Length: 3\r\nX: y\r\n\r\n") == 0);
	demand_free(&demand);
	CHECK("a tunnel to an address", read_demand(tunnel, sizeof(tunnel) - 1, &demand) &&
		  demand.tunnel &&
		  strcmp(demand.host, "2001:db8::1") == 0 && demand.port == 443);
	demand_free(&demand);
	for (size_t len = 0; len < sizeof(get) - 1; len++)
	{
		cut_good = read_demand(get, len, &demand) || cut_good;
		demand_free(&demand);
	}
	CHECK("no beginning of a request is one", !cut_good);
}

static void
test_hellos(void)
{
	char		host[HELLO_HOST_MAX + 1];
	bool		all_more = true;

	CHECK("a greeting names its host", read_hello(hello, sizeof(hello) - 1, host) == HELLO_DONE &&
		  strcmp(host, "api.example.org") == 0);
	for (size_t len = 0; len < sizeof(hello) - 1; len++)
		all_more = read_hello(hello, len, host) == HELLO_MORE && all_more;
	CHECK("every beginning wants more", all_more);
	CHECK("another record is none", read_hello("\x17\x03\x01\x00\x01\x00", 6, host) == HELLO_BAD);
	CHECK("a record that is too short is none",
		  read_hello("\x16\x03\x01\x00\x01\x01", 6, host) == HELLO_BAD);
}

static void
test_socks(void)
{
	Demand		demand;
	bool		all_more = true;

	CHECK("the methods", read_socks(0, "\5\2\0\2", 4, &demand) == SOCKS_SAY);
	CHECK("no method that says who", read_socks(0, "\5\1\0", 3, &demand) == SOCKS_BAD);
	CHECK("name and password", read_socks(1, login, sizeof(login) - 1, &demand) == SOCKS_SAY &&
		  strcmp(demand.identity.tenant, TENANT) == 0 && strcmp(demand.identity.adapter,
																"books") == 0);
	CHECK("a host by name", read_socks(2, named, sizeof(named) - 1, &demand) == SOCKS_DONE &&
		  strcmp(demand.host, "api.example.org") == 0 && demand.port == 443);
	CHECK("an address", read_socks(2, "\5\1\0\1\x7f\0\0\1\0\x50", 10, &demand) == SOCKS_DONE &&
		  strcmp(demand.host, "127.0.0.1") == 0 && demand.port == 80);
	CHECK("listening is refused",
		  read_socks(2, "\5\2\0\1\x7f\0\0\1\0\x50", 10, &demand) == SOCKS_BAD);
	CHECK("a name with a zero in it",
		  read_socks(2, "\5\1\0\3\3a\0b\0\x50", 10, &demand) == SOCKS_BAD);
	for (size_t len = 0; len < sizeof(login) - 1; len++)
		all_more = read_socks(1, login, len, &demand) == SOCKS_MORE && all_more;
	for (size_t len = 0; len < sizeof(named) - 1; len++)
		all_more = read_socks(2, named, len, &demand) == SOCKS_MORE && all_more;
	CHECK("every beginning wants more", all_more);
}

/* Changes up to four bytes. */
static void
damage(unsigned char *bytes, size_t len)
{
	for (int i = rand() % 4; i >= 0; i--)
		bytes[(size_t) rand() % len] = (unsigned char) (rand() % 4 == 0 ? rand() : "\0\r\n :/[]"[rand() % 8]);
}

/* What is accepted must still have a host of the allowed form. */
static bool
is_sound(const Demand *demand)
{
	return demand->host[0] != '\0' && demand->port > 0 && demand->port <= 65535 &&
		strpbrk(demand->host, "/@\\%# \r\n[]") == NULL && strspn(demand->host, ".") == 0;
}

static void
test_damage(void)
{
	unsigned char bytes[512];
	char		host[HELLO_HOST_MAX + 1];
	bool		sound = true;
	Demand		demand;

	srand(20261124);
	for (int i = 0; i < ROUNDS; i++)
	{
		memcpy(bytes, get, sizeof(get) - 1);
		damage(bytes, sizeof(get) - 1);
		sound = (!read_demand(bytes, sizeof(get) - 1, &demand) || is_sound(&demand)) && sound;
		demand_free(&demand);
		memcpy(bytes, hello, sizeof(hello) - 1);
		damage(bytes, sizeof(hello) - 1);
		(void) read_hello(bytes, sizeof(hello) - 1, host);
		memcpy(bytes, named, sizeof(named) - 1);
		damage(bytes, sizeof(named) - 1);
		sound = (read_socks(2, bytes, sizeof(named) - 1, &demand) != SOCKS_DONE ||
				 is_sound(&demand)) && sound;
	}
	CHECK("what damaged requests ask for is a host and a port", sound);
}

int
main(void)
{
	test_demands();
	test_hellos();
	test_socks();
	test_damage();
	return check_close();
}
