/*
 * flight.c: the jobs in flight on one connection and what comes back for them.
 *
 * Between the results of two statements libpq gives a NULL, after a Sync none.  PQgetResult is
 * called only while PQisBusy says that it will not block.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "flight.h"

#include <stdio.h>

#include "common/log.h"

/* The next result that is complete; NULL when there is none yet. */
static PGresult *
next_result(PGconn *conn)
{
	/* two NULLs in a row mean that libpq has nothing queued */
	for (int i = 0; i < 2 && PQisBusy(conn) == 0; i++)
	{
		PGresult   *result = PQgetResult(conn);

		if (result != NULL)
			return result;
	}
	return NULL;
}

bool
flight_setup(PGconn *conn, const char *lane, bool *failed)
{
	PGresult   *result;

	while ((result = next_result(conn)) != NULL)
	{
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_FATAL_ERROR)
			log_error("session settings are refused", log_text("lane", lane),
					  log_text("reason", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return true;
		*failed = *failed || status == PGRES_FATAL_ERROR;
	}
	return false;
}

/* The answer to the prepare of this job's batch decides whether others may use its name. */
static void
settle_prepare(Flight *flight, Job *job, ExecStatusType status)
{
	if (status == PGRES_COMMAND_OK)
		job->prepares->ready = true;
	else
		prepared_drop(&flight->prepared, job->prepares);
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
take_first(Flight *flight)
{
	Job		   *job = flight->first;

	flight->first = job->next;
	if (flight->first == NULL)
		flight->last = NULL;
	flight->count--;
	flight->step = 0;
	job->next = NULL;
	return job;
}

Job *
flight_next(Flight *flight, PGconn *conn)
{
	PGresult   *result;

	while (flight->first != NULL && (result = next_result(conn)) != NULL)
	{
		Job		   *job = flight->first;
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_PIPELINE_SYNC)
		{
			PQclear(result);
			if (job->rows == NULL && job->error == NULL)
				job_fail(job, "XX000", "the call has neither rows nor an error");
			return take_first(flight);
		}
		if (job->prepares != NULL && flight->step == job->prepare_step)
			settle_prepare(flight, job, status);
		flight->step++;
		take_result(job, result, status);
	}
	return NULL;
}

void
flight_push(Flight *flight, Job *job)
{
	job->next = NULL;
	if (flight->last == NULL)
		flight->first = job;
	else
		flight->last->next = job;
	flight->last = job;
	flight->count++;
}

Job *
flight_abort(Flight *flight)
{
	Job		   *jobs = flight->first;

	prepared_clear(&flight->prepared);
	flight->first = flight->last = NULL;
	flight->count = flight->step = 0;
	return jobs;
}
