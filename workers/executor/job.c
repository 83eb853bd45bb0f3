/*
 * job.c: one claimed action and its attempt.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/job.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

bool
job_table_init(JobTable *table, int size)
{
	table->jobs = calloc((size_t) size, sizeof(Job));
	table->size = table->jobs != NULL ? size : 0;
	for (int i = 0; i < table->size; i++)
		outcome_init(&table->jobs[i].outcome);
	return table->jobs != NULL;
}

void
job_table_free(JobTable *table)
{
	for (int i = 0; i < table->size; i++)
		job_clear(&table->jobs[i]);
	free(table->jobs);
}

int
job_count(const JobTable *table, JobState state)
{
	int			count = 0;

	for (int i = 0; i < table->size; i++)
		count += table->jobs[i].state == state;
	return count;
}

Job *
job_find(const JobTable *table, int64_t token)
{
	for (int i = 0; i < table->size; i++)
	{
		if (table->jobs[i].state != JOB_FREE && table->jobs[i].token == token)
			return &table->jobs[i];
	}
	return NULL;
}

static Job *
job_free_place(JobTable *table)
{
	for (int i = 0; i < table->size; i++)
	{
		if (table->jobs[i].state == JOB_FREE)
			return &table->jobs[i];
	}
	return NULL;
}

/* Copies a text that may be NULL; false when out of memory. */
static bool
job_copy(char **copy, const char *text)
{
	*copy = text != NULL ? strdup(text) : NULL;
	return text == NULL || *copy != NULL;
}

Job *
job_add(JobTable *table, const JobClaim *claim)
{
	Job		   *job = job_free_place(table);
	Failure		failure;

	if (job == NULL)
		return NULL;
	job->state = JOB_RUNNING;
	job->token = claim->token;
	job->attempt = claim->attempt;
	job->timeout_ms = claim->timeout_ms;
	job->deadline_ms = clock_ms() + claim->timeout_ms;

	if (!job_copy(&job->tenant_id, claim->tenant_id) ||
		!job_copy(&job->run_id, claim->run_id) ||
		!job_copy(&job->adapter, claim->adapter) ||
		!job_copy(&job->spec, claim->spec) ||
		!job_copy(&job->input, claim->input) ||
		!job_copy(&job->idempotency_key, claim->idempotency_key) ||
		!job_copy(&job->traceparent, claim->traceparent))
	{
		job_clear(job);
		return NULL;
	}
	if (!operation_parse(&job->operation, (Slice) {job->spec, strlen(job->spec)}, &failure))
	{
		outcome_error(&job->outcome, "Adapter.BadInput", "%s", failure.message);
		job->state = JOB_ENDED;
	}
	return job;
}

void
job_clear(Job *job)
{
	operation_free(&job->operation);
	outcome_free(&job->outcome);
	free(job->tenant_id);
	free(job->run_id);
	free(job->adapter);
	free(job->spec);
	free(job->input);
	free(job->idempotency_key);
	free(job->traceparent);
	memset(job, 0, sizeof(*job));
	outcome_init(&job->outcome);
}

void
job_lost(Job *job, const char *unsent, const char *begun, const char *cause)
{
	if (!job->begun)
		outcome_error(&job->outcome, unsent, "%s", cause);
	else if (job->operation.idempotent)
		outcome_error(&job->outcome, begun, "%s", cause);
	else
		outcome_unknown(&job->outcome, "%s", cause);
	job->state = JOB_ENDED;
}
