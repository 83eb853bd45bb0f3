/*
 * report.c: acknowledging ended jobs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/report.h"

#include <string.h>

#include "common/log.h"

#define REPORT_REFUSED "Adapter.BadOutput"

/* Adds one acknowledgement; one that does not fit stays for the next batch. */
static void
report_add(Job *job, Buf *acks)
{
	const OutcomeOf of = {job->run_id, job->token, job->weak, job->retry_after_ms};
	size_t		before = acks->len;

	if ((before == 1 || buf_char(acks, ',')) &&
		outcome_ack(&job->outcome, &of, acks))
	{
		job->state = JOB_REPORTED;
		return;
	}
	acks->len = before;
	acks->data[before] = '\0';
}

static Job *
report_alone(const JobTable *table)
{
	for (int i = 0; i < table->size; i++)
	{
		if (table->jobs[i].state == JOB_ENDED && table->jobs[i].alone)
			return &table->jobs[i];
	}
	return NULL;
}

bool
report_collect(JobTable *table, Buf *acks)
{
	Job		   *alone = report_alone(table);

	buf_reset(acks);
	if (!buf_char(acks, '['))
		return false;
	if (alone != NULL)
		report_add(alone, acks);
	for (int i = 0; alone == NULL && i < table->size && acks->len < REPORT_BATCH_BYTES; i++)
	{
		if (table->jobs[i].state == JOB_ENDED)
			report_add(&table->jobs[i], acks);
	}
	return buf_char(acks, ']') && alone != NULL;
}

void
report_taken(JobTable *table)
{
	for (int i = 0; i < table->size; i++)
	{
		if (table->jobs[i].state == JOB_REPORTED)
			job_clear(&table->jobs[i]);
	}
}

void
report_lost(JobTable *table)
{
	for (int i = 0; i < table->size; i++)
	{
		if (table->jobs[i].state == JOB_REPORTED)
			table->jobs[i].state = JOB_ENDED;
	}
}

/* What becomes of one acknowledgement of a refused batch. */
static void
report_refuse(Job *job, const Failure *failure)
{
	bool		replaced = strcmp(job->outcome.error, REPORT_REFUSED) == 0;

	job->state = JOB_ENDED;
	if (!job->alone)
	{
		job->alone = true;
		return;
	}
	log_error(replaced ? "an acknowledgement is given up" : "an output is refused",
			  log_text("run_id", job->run_id), log_text("sqlstate", failure->sqlstate),
			  log_said("reason", failure->message),
			  log_trace(job->trace.trace_id, job->trace.span_id));
	if (replaced)
		job_clear(job);
	else
		outcome_error(&job->outcome, REPORT_REFUSED, "%s", failure->message);
}

/* SQLSTATE classes that say something of the server or its set-up, nothing of what was sent. */
static bool
report_blames_output(const Failure *failure)
{
	static const char *const others[] = {
		"08", "25", "28", "3D", "3F", "40", "42", "53", "55", "57", "58"
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		if (strncmp(failure->sqlstate, others[i], 2) == 0)
			return false;
	}
	return true;
}

void
report_refused(JobTable *table, const Failure *failure)
{
	if (!report_blames_output(failure))
	{
		report_lost(table);
		return;
	}
	for (int i = 0; i < table->size; i++)
	{
		if (table->jobs[i].state == JOB_REPORTED)
			report_refuse(&table->jobs[i], failure);
	}
}
