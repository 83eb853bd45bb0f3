/*
 * job.c: one batch for the database.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "job.h"

#include <stdio.h>
#include <stdlib.h>

Job *
job_new(void)
{
	Job		   *job = malloc(sizeof(Job));

	if (job == NULL)
		return NULL;
	statement_init(&job->statement);
	job->context = NULL;
	job->trace[0] = '\0';
	job->quota = NULL;
	job->may_repeat = false;
	job->done = NULL;
	job->owner = NULL;
	job->rows = job->error = NULL;
	job->sqlstate[0] = '\0';
	job->message = NULL;
	job->next = NULL;
	job->since_ms = 0;
	job->tries = 0;
	job->prepare_step = -1;
	job->prepares = NULL;
	return job;
}

void
job_clear(Job *job)
{
	PQclear(job->rows);
	PQclear(job->error);
	job->rows = job->error = NULL;
	job->sqlstate[0] = '\0';
	job->message = NULL;
}

void
job_free(Job *job)
{
	if (job == NULL)
		return;
	job_clear(job);
	if (job->quota != NULL)
		quota_give(job->quota, job->tenant);
	statement_free(&job->statement);
	free(job->context);
	free(job);
}

bool
job_count(Job *job, Quota *quota, const char *tenant)
{
	if (!quota_take(quota, tenant))
		return false;
	job->quota = quota;
	snprintf(job->tenant, sizeof(job->tenant), "%s", tenant);
	return true;
}

void
job_fail(Job *job, const char *sqlstate, const char *message)
{
	job_clear(job);
	snprintf(job->sqlstate, sizeof(job->sqlstate), "%s", sqlstate);
	job->message = message;
}

void
job_abandon(Job *job)
{
	job->done = NULL;
	job->owner = NULL;
}

void
job_finish(Job *job)
{
	if (job->done != NULL)
		job->done(job);
	else
		job_free(job);
}
