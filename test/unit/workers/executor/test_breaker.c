/*
 * test_breaker.c: destinations that are left alone for a while.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>

#include "check.h"
#include "executor/breaker.h"

#define URL "https://api.example.org/a"

/* Waiting time, 0 when a request may be sent. */
static int64_t
waits(Breaker *breaker, const char *tenant_id, const char *url, int64_t now_ms)
{
	int64_t		wait_ms;

	return breaker_admits(breaker, tenant_id, url, now_ms, &wait_ms) ? 0 : wait_ms;
}

static void
test_failures(Breaker *breaker)
{
	breaker_bad(breaker, "t", URL, 1000, 0);
	breaker_bad(breaker, "t", URL, 1001, 0);
	CHECK("two failures are borne", waits(breaker, "t", URL, 1002) == 0);
	breaker_bad(breaker, "t", URL, 1002, 0);
	CHECK("three are not", waits(breaker, "t", URL, 1002) == 5000 &&
		  waits(breaker, "t", URL, 6001) == 1);
	CHECK("another path is the same destination",
		  waits(breaker, "t", "https://api.example.org?b", 1002) == 5000);
	CHECK("another port is none", waits(breaker, "t", "https://api.example.org:8443/a", 1002) == 0);
	CHECK("another tenant's is none", waits(breaker, "u", URL, 1002) == 0);
	CHECK("when the time is over one is let through", waits(breaker, "t", URL, 6002) == 0);
	CHECK("and no second one", waits(breaker, "t", URL, 6003) > 0);
	breaker_bad(breaker, "t", URL, 6010, 0);
	CHECK("a bad trial opens it again", waits(breaker, "t", URL, 11009) == 1);
	CHECK("the next trial", waits(breaker, "t", URL, 11010) == 0);
	breaker_good(breaker, "t", URL);
	CHECK("a good one closes it", waits(breaker, "t", URL, 11011) == 0 &&
		  waits(breaker, "t", URL, 11011) == 0);
	breaker_bad(breaker, "t", URL, 11012, 0);
	CHECK("and is a new beginning", waits(breaker, "t", URL, 11013) == 0);
}

static void
test_retry_after(Breaker *breaker)
{
	breaker_bad(breaker, "t", "http://busy/", 1000, 2000);
	CHECK("who asks to be left alone is, at once",
		  waits(breaker, "t", "http://busy/", 1000) == 2000);
	breaker_bad(breaker, "t", "http://busy/", 1001, 1000);
	CHECK("the longest wish counts", waits(breaker, "t", "http://busy/", 1001) == 1999);
	breaker_bad(breaker, "t", "http://silent/", 1000, 86400000);
	CHECK("not for longer than five minutes",
		  waits(breaker, "t", "http://silent/", 1000) == 300000);
}

static void
test_many(Breaker *breaker)
{
	char		url[64];
	bool		all_admitted = true;

	for (int i = 0; i < 20000; i++)
	{
		(void) snprintf(url, sizeof(url), "http://host-%d/", i);
		breaker_bad(breaker, "many", url, 500000, 0);
		all_admitted = waits(breaker, "many", url, 500000) == 0 && all_admitted;
	}
	CHECK("more destinations than places harm nobody", all_admitted);
}

int
main(void)
{
	Breaker    *breaker = breaker_create(3, 5000);

	if (!CHECK("it is made", breaker != NULL))
		return check_close();
	test_failures(breaker);
	test_retry_after(breaker);
	test_many(breaker);
	breaker_destroy(breaker);
	return check_close();
}
