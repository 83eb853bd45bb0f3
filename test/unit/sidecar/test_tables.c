/*
 * test_tables.c
 *		The small tables: deadlines against a plain search, prepared statements, tenants' quotas,
 *		statuses of SQLSTATEs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "prepared.h"
#include "problem.h"
#include "quota.h"
#include "timer.h"

#define TIMERS 200

static int64_t fired_at;
static int	fired_count;
static int64_t last_due;

static void
on_fire(void *owner)
{
	Timer	   *timer = owner;

	CHECK("not before it is due", timer->due_ms <= fired_at);
	CHECK("in order", timer->due_ms >= last_due);
	CHECK("unset when it fires", timer->place == 0);
	last_due = timer->due_ms;
	fired_count++;
}

/* The earliest deadline that is set, by looking at each; -1 when none is. */
static int64_t
earliest(const Timer *timers)
{
	int64_t		found = -1;

	for (int i = 0; i < TIMERS; i++)
		if (timers[i].place != 0 && (found < 0 || timers[i].due_ms < found))
			found = timers[i].due_ms;
	return found;
}

static void
test_timers(void)
{
	static Timer timers[TIMERS];
	Timers		all = {NULL, 0, 0};
	unsigned int state = 3;

	CHECK("room", timers_reserve(&all, TIMERS));
	CHECK("nothing to wait for", timers_wait(&all, 0) == -1);
	for (int i = 0; i < TIMERS; i++)
		timers[i] = (Timer) {0, 0, on_fire, &timers[i]};
	for (int round = 0; round < 5000; round++)
	{
		Timer	   *timer = &timers[rand_r(&state) % TIMERS];

		if (rand_r(&state) % 3 == 0)
			timer_unset(&all, timer);
		else
			timer_set(&all, timer, rand_r(&state) % 1000);
		if (earliest(timers) != (all.count == 0 ? -1 : all.heap[0]->due_ms))
			CHECK("the next one is the earliest", false);
	}
	for (fired_at = 0; fired_at < 1000; fired_at += 100)
	{
		timers_run(&all, fired_at);
		CHECK("nothing overdue is left", earliest(timers) < 0 || earliest(timers) > fired_at);
		last_due = 0;
	}
	timers_run(&all, fired_at = 1000);
	CHECK("all have fired", all.count == 0 && fired_count > 0);
	timers_free(&all);
}

/* Adds the statement that ends in this number and says that the server has it. */
static int
add_ready(Prepared *prepared, int number)
{
	char		sql[32];
	int			evicted;
	PreparedEntry *entry;

	snprintf(sql, sizeof(sql), "select %d", number);
	entry = prepared_add(prepared, sql, &evicted);
	CHECK("added", entry != NULL && !entry->ready);
	entry->ready = true;
	return evicted;
}

static void
test_prepared(void)
{
	static Prepared prepared;
	int			evicted;
	PreparedEntry *entry;

	for (int i = 1; i <= LIMIT_STATEMENTS; i++)
		CHECK("room", add_ready(&prepared, i) == 0);
	CHECK("found", prepared_find(&prepared, "select 1") != NULL);
	CHECK("by its whole text", prepared_find(&prepared, "select 1 ") == NULL);
	CHECK("the one unused for longest makes room", add_ready(&prepared, 1000) == 2);
	CHECK("and is gone", prepared_find(&prepared, "select 2") == NULL);
	CHECK("the used one is not", prepared_find(&prepared, "select 1") != NULL);
	entry = prepared_find(&prepared, "select 3");
	prepared_drop(&prepared, entry);
	CHECK("a refused one is gone", prepared_find(&prepared, "select 3") == NULL);
	CHECK("and its place is free", add_ready(&prepared, 1001) == 0);
	for (int i = 0; i < LIMIT_STATEMENTS; i++)
		prepared.entries[i].ready = false;
	CHECK("what is being prepared is never evicted",
		  prepared_add(&prepared, "select 0", &evicted) == NULL && evicted == 0);
	prepared_clear(&prepared);
	CHECK("cleared", prepared_find(&prepared, "select 1") == NULL);
}

static void
test_quota(void)
{
	static Quota quota = {.max = 2};
	static const char one[] = "018f0d3c7a107c3e9b1a2f6f5d0c4b11";
	char		other[33];

	CHECK("first", quota_take(&quota, one));
	CHECK("second", quota_take(&quota, one));
	CHECK("third is one too many", !quota_take(&quota, one));
	quota_give(&quota, one);
	CHECK("a place again", quota_take(&quota, one));
	for (int i = 0; i < 1000; i++)
	{
		snprintf(other, sizeof(other), "%032x", (unsigned int) i);
		CHECK("others have their own", quota_take(&quota, other));
	}
	for (int i = 0; i < 1000; i++)
	{
		snprintf(other, sizeof(other), "%032x", (unsigned int) i);
		quota_give(&quota, other);
	}
	quota_give(&quota, one);
	quota_give(&quota, one);
	for (int i = 0; i < QUOTA_BUCKETS; i++)
		if (quota.buckets[i] != NULL)
			CHECK("nobody is left", false);
}

static void
test_problems(void)
{
	Problem		problem = problem_sqlstate("XX001", "index \"x\" is corrupt");
	Buf			out;

	buf_init(&out, 4096);
	problem.details = "the secret detail";
	CHECK("internal", problem.status == 500 && problem_write(&problem, span_of("/a\"b"), &out) &&
		  strstr(out.data, "corrupt") == NULL && strstr(out.data, "secret") == NULL &&
		  strstr(out.data, "\"/a\\\"b\"") != NULL);
	problem = problem_sqlstate("UP901", "the chain is broken");
	CHECK("our own are told", problem.status == 500 && strcmp(problem.message, "the chain is broken") == 0);
	CHECK("unknown classes are internal", problem_sqlstate("ZZZZZ", "x").status == 500);
	CHECK("odd codes too", problem_sqlstate("", "x").status == 500);
	CHECK("of the protocol", strcmp(problem_http(431, "x").code, "HTTP431") == 0);
	buf_free(&out);
}

int
main(void)
{
	test_timers();
	test_prepared();
	test_quota();
	test_problems();
	return check_close();
}
