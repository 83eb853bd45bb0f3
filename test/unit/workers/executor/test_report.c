/*
 * test_report.c: batches of acknowledgements, and what becomes of a refused one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "common/log.h"
#include "executor/calls.h"
#include "executor/report.h"

static JobTable table;
static Buf	acks;

/* A job whose specification makes no sense has ended as soon as it is added. */
static Job *
add_ended(int64_t token)
{
	const JobClaim claim = {
		.tenant_id = "t", .run_id = "r", .spec = "{}", .input = "{}", .token = token,
	};
	Job		   *job = job_add(&table, &claim);

	CHECK("an ended job", job != NULL && job->state == JOB_ENDED &&
		  strcmp(job->outcome.error, "Adapter.BadInput") == 0);
	return job;
}

static int
members(void)
{
	json_t	   *array = json_loads(acks.data, 0, NULL);
	int			n = json_is_array(array) ? (int) json_array_size(array) : -1;

	json_decref(array);
	return n;
}

static void
test_taken(void)
{
	CHECK("nothing to say", !report_collect(&table, &acks) && members() == 0);
	(void) add_ended(1);
	(void) add_ended(2);
	CHECK("both in one batch", !report_collect(&table, &acks) && members() == 2);
	CHECK("they are under way", job_count(&table, JOB_REPORTED) == 2);
	CHECK("and not said twice", !report_collect(&table, &acks) && members() == 0);
	report_lost(&table);
	CHECK("a lost batch is said again", !report_collect(&table, &acks) && members() == 2);
	report_taken(&table);
	CHECK("a taken one is done with", job_count(&table, JOB_FREE) == table.size);
}

static void
test_refused(void)
{
	const Failure failure = {"UP004", "a number cannot be carried"};
	Job		   *first = add_ended(1);

	(void) add_ended(2);
	CHECK("both in one batch", !report_collect(&table, &acks) && members() == 2);
	report_refused(&table, &failure);
	CHECK("then each alone", report_collect(&table, &acks) && members() == 1);
	report_taken(&table);
	CHECK("the good one passes", job_count(&table, JOB_FREE) == table.size - 1);

	CHECK("the other alone", report_collect(&table, &acks) && members() == 1);
	report_refused(&table, &failure);
	first = job_find(&table, 2);
	CHECK("its output is replaced by an error", first != NULL &&
		  strcmp(first->outcome.error, "Adapter.BadOutput") == 0);
	CHECK("which is said", report_collect(&table, &acks) &&
		  strstr(acks.data, "a number cannot be carried") != NULL);
	report_refused(&table, &failure);
	CHECK("a refused error is given up", job_count(&table, JOB_FREE) == table.size);
}

/* What no output can cause is waited out: nobody is sent alone, nothing replaced. */
static void
test_blameless(void)
{
	static const char *const sqlstates[] = {"08006", "40001", "42501", "42883", "53300", "57P01"};

	(void) add_ended(1);
	for (size_t i = 0; i < sizeof(sqlstates) / sizeof(sqlstates[0]); i++)
	{
		Failure		failure;

		failure_set_sqlstate(&failure, sqlstates[i], "no");
		CHECK(sqlstates[i], !report_collect(&table, &acks) && members() == 1);
		report_refused(&table, &failure);
	}
	CHECK("it is still said as it was", !report_collect(&table, &acks) &&
		  strstr(acks.data, "Adapter.BadInput") != NULL);
	report_taken(&table);
}

static void
test_lost_jobs(void)
{
	Job		   *job = add_ended(1);

	job_lost(job, "Http.Connect", "States.Timeout", "c");
	CHECK("nothing begun", job->outcome.kind == OUTCOME_ERROR &&
		  strcmp(job->outcome.error, "Http.Connect") == 0);
	job->begun = true;
	job_lost(job, "Http.Connect", "States.Timeout", "c");
	CHECK("begun, not idempotent", job->outcome.kind == OUTCOME_UNKNOWN);
	job->operation.idempotent = true;
	job_lost(job, "Http.Connect", "States.Timeout", "c");
	CHECK("begun, idempotent", job->outcome.kind == OUTCOME_ERROR &&
		  strcmp(job->outcome.error, "States.Timeout") == 0);
	job_clear(job);
}

static void
test_full(void)
{
	const JobClaim claim = {.tenant_id = "t", .run_id = "r", .spec = "{}", .input = "{}"};

	for (int i = 0; i < table.size; i++)
		(void) add_ended(i);
	CHECK("no room for more", job_add(&table, &claim) == NULL);
}

static void
adapters(const char *list, const char *expected)
{
	Buf			literal;
	bool		ok;

	buf_init(&literal, 100);
	ok = calls_names(list, &literal);
	CHECK(list, expected != NULL ? ok && strcmp(literal.data, expected) == 0 : !ok);
	buf_free(&literal);
}

static void
test_adapters(void)
{
	adapters("ledger", "{\"ledger\"}");
	adapters("a,b-c", "{\"a\",\"b-c\"}");
	adapters("", NULL);
	adapters("a,", NULL);
	adapters(",a", NULL);
	adapters("a\"b", NULL);
	adapters("a,b c", NULL);
}

int
main(void)
{
	if (!job_table_init(&table, 4))
		return 1;
	buf_init(&acks, REPORT_ACKS_MAX);
	log_start("test", LOGLEVEL_ERROR + 1);
	test_taken();
	test_refused();
	test_blameless();
	test_lost_jobs();
	test_full();
	test_adapters();
	buf_free(&acks);
	job_table_free(&table);
	return check_close();
}
