/*
 * answer.c: what comes back on a pipeline, result by result.
 *
 * Between the results of two statements libpq gives a NULL, after a Sync none.  PQgetResult is
 * called only while PQisBusy says that it will not block.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "answer.h"

#include <stdio.h>

#include "common/log.h"

/* The next result that is complete; NULL when there is none yet. */
static PGresult *
next_result(Pipeline *pipeline)
{
	/* two NULLs in a row mean that libpq has nothing queued */
	for (int i = 0; i < 2 && PQisBusy(pipeline->conn) == 0; i++)
	{
		PGresult   *result = PQgetResult(pipeline->conn);

		if (result != NULL)
			return result;
	}
	return NULL;
}

bool
answer_setup(Pipeline *pipeline)
{
	PGresult   *result;

	while ((result = next_result(pipeline)) != NULL)
	{
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_FATAL_ERROR)
			log_error("session settings are refused", log_text("lane", pipeline->rules->lane),
					  log_text("reason", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return true;
		pipeline->setup_failed = pipeline->setup_failed || status == PGRES_FATAL_ERROR;
	}
	return false;
}

/* The answer to the prepare of this job's batch decides whether others may use its name. */
static void
settle_prepare(Pipeline *pipeline, Job *job, ExecStatusType status)
{
	if (status == PGRES_COMMAND_OK)
		job->prepares->ready = true;
	else
		prepared_drop(&pipeline->prepared, job->prepares);
	job->prepares = NULL;
}

/* The rows are those of the last statement; the error is the first one, also that of the commit. */
static void
take_result(Job *job, PGresult *result, ExecStatusType status)
{
	const char *sqlstate;

	if (status == PGRES_TUPLES_OK)
	{
		PQclear(job->rows);
		job->rows = result;
	}
	else if (status == PGRES_FATAL_ERROR && job->error == NULL)
	{
		sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		job->error = result;
		job->message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
		snprintf(job->sqlstate, sizeof(job->sqlstate), "%s",
				 sqlstate != NULL ? sqlstate : "XX000");
	}
	else
		PQclear(result);
}

static Job *
take_first(Pipeline *pipeline)
{
	Job		   *job = pipeline->first;

	pipeline->first = job->next;
	if (pipeline->first == NULL)
		pipeline->last = NULL;
	pipeline->in_flight--;
	pipeline->step = 0;
	job->next = NULL;
	return job;
}

Job *
answer_next(Pipeline *pipeline)
{
	PGresult   *result;

	while (pipeline->first != NULL && (result = next_result(pipeline)) != NULL)
	{
		Job		   *job = pipeline->first;
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_PIPELINE_SYNC)
		{
			PQclear(result);
			return take_first(pipeline);
		}
		if (job->prepares != NULL && pipeline->step == job->prepare_step)
			settle_prepare(pipeline, job, status);
		pipeline->step++;
		take_result(job, result, status);
	}
	return NULL;
}
