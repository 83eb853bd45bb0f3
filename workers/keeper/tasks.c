/*
 * tasks.c: what the keeper asks of the database and tells it.
 *
 * Times come as S3 writes them, to the second; an end of a lock is rounded up.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/pgconn.h"

#define TASKS_TIME(column_) \
	"to_char(date_trunc('second', " column_ " + interval '999999 us') at time zone 'UTC', " \
	"'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

/* A column's text, which must fit; null is empty. */
static bool
task_text(const PGresult *result, int row, int column, char *to, size_t size)
{
	const char *text = PQgetvalue(result, row, column);

	return (size_t) snprintf(to, size, "%s", text) < size;
}

static bool
task_true(const PGresult *result, int row, int column)
{
	return PQgetvalue(result, row, column)[0] == 't';
}

static bool
task_not_understood(Failure *failure)
{
	failure_set(failure, "could not understand the database's answer");
	return false;
}

static bool
task_read(const PGresult *result, int row, Task *task)
{
	memset(task, 0, sizeof(*task));
	if (!task_text(result, row, 0, task->work, sizeof(task->work)) ||
		!task_text(result, row, 1, task->tenant, sizeof(task->tenant)) ||
		!task_text(result, row, 2, task->payload, sizeof(task->payload)) ||
		!task_text(result, row, 3, task->owner, sizeof(task->owner)) ||
		!task_text(result, row, 5, task->until, sizeof(task->until)))
		return false;
	task->held = task_true(result, row, 6);
	if (PQgetisnull(result, row, 4))
		return true;
	task->content = PQunescapeBytea((const unsigned char *) PQgetvalue(result, row, 4), &task->len);
	return task->content != NULL;
}

void
task_free(Task *task)
{
	PQfreemem(task->content);
	task->content = NULL;
}

PGresult *
tasks_next(PGconn *conn, Failure *failure)
{
	char		max[12];
	const char *const params[] = {max};

	snprintf(max, sizeof(max), "%d", TASKS_ROWS);
	return pgconn_call(conn, "select work, tenant_id, payload_id, owner_id, content, "
					   TASKS_TIME("until") ", held from portarium.keeper_work($1)", 1, params,
					   failure);
}

bool
task_row(const PGresult *result, int row, Task *task, Failure *failure)
{
	return task_read(result, row, task) || task_not_understood(failure);
}

static bool
task_call(PGconn *conn, const char *sql, int n_params, const char *const *params, Failure *failure)
{
	PGresult   *result = pgconn_call(conn, sql, n_params, params, failure);

	PQclear(result);
	return result != NULL;
}

bool
tasks_done(PGconn *conn, const Task *task, const unsigned char *object_hash, Failure *failure)
{
	char		hash[2 + 2 * DIGEST_SIZE + 1] = "\\x";
	const char *const params[] = {
		task->work, task->tenant, task->payload, object_hash != NULL ? hash : NULL,
		task->until[0] != '\0' ? task->until : NULL, task->held ? "true" : "false"
	};
	const char *const owner[] = {task->tenant, task->owner};

	if (task->payload[0] == '\0')
		return task_call(conn, "select portarium.keeper_forgot($1, $2)", 2, owner, failure);
	if (object_hash != NULL)
		hex_encode(object_hash, DIGEST_SIZE, hash + 2);
	return task_call(conn, "select portarium.keeper_done($1, $2, $3, $4, $5, $6)", 6, params,
					 failure);
}

bool
tasks_fetched(PGconn *conn, const Task *task, const void *content, size_t len, Failure *failure)
{
	size_t		text_len;
	unsigned char *text = PQescapeByteaConn(conn, content, len, &text_len);
	const char *const params[] = {task->tenant, task->payload, (const char *) text};
	bool		ok;

	if (text == NULL)
	{
		failure_set(failure, "no memory for a copy");
		return false;
	}
	ok = task_call(conn, "select portarium.keeper_fetched($1, $2, $3)", 3, params, failure);
	PQfreemem(text);
	return ok;
}

bool
tasks_now(PGconn *conn, char stamp[TASK_STAMP_SIZE], Failure *failure)
{
	PGresult   *result = pgconn_call(conn, "select clock_timestamp()", 0, NULL, failure);
	const bool	ok = result != NULL &&
		(task_text(result, 0, 0, stamp, TASK_STAMP_SIZE) || task_not_understood(failure));

	PQclear(result);
	return ok;
}

static bool
task_inspection_read(const PGresult *result, Inspection *it)
{
	memset(it, 0, sizeof(*it));
	it->percent = (int) strtol(PQgetvalue(result, 0, 2), NULL, 10);
	it->objects = strtoull(PQgetvalue(result, 0, 3), NULL, 10);
	it->hashed = strtoull(PQgetvalue(result, 0, 4), NULL, 10);
	it->waits = task_true(result, 0, 7);
	return task_text(result, 0, 0, it->tenant, sizeof(it->tenant)) &&
		task_text(result, 0, 1, it->after, sizeof(it->after)) &&
		hex_decode(PQgetvalue(result, 0, 5), it->sample, DIGEST_SIZE) &&
		task_text(result, 0, 6, it->reason, sizeof(it->reason)) &&
		(PQgetisnull(result, 0, 8) || hex_decode(PQgetvalue(result, 0, 8), it->seed, DIGEST_SIZE));
}

bool
tasks_inspection(PGconn *conn, const char *since, int hours, int percent, Inspection *inspection,
				 bool *due, Failure *failure)
{
	char		hours_text[12];
	char		percent_text[12];
	const char *const params[] = {since, hours_text, percent_text};
	PGresult   *result;
	bool		ok;

	snprintf(hours_text, sizeof(hours_text), "%d", hours);
	snprintf(percent_text, sizeof(percent_text), "%d", percent);
	result = pgconn_call(conn, "select tenant_id, after, percent_hashed, objects, hashed, "
						 "encode(sample, 'hex'), reason, waits, encode(seed, 'hex') "
						 "from portarium.keeper_inspection($1, $2, $3)", 3, params, failure);
	*due = result != NULL && PQntuples(result) == 1;
	ok = result != NULL &&
		(!*due || task_inspection_read(result, inspection) || task_not_understood(failure));
	PQclear(result);
	return ok;
}

bool
tasks_inspected(PGconn *conn, const Inspection *inspection, bool done, Failure *failure)
{
	char		objects[24];
	char		hashed[24];
	char		sample[2 + 2 * DIGEST_SIZE + 1] = "\\x";
	const char *const params[] = {
		inspection->tenant, inspection->after, objects, hashed, sample, inspection->reason,
		done ? "true" : "false"
	};

	snprintf(objects, sizeof(objects), "%" PRIu64, inspection->objects);
	snprintf(hashed, sizeof(hashed), "%" PRIu64, inspection->hashed);
	hex_encode(inspection->sample, DIGEST_SIZE, sample + 2);
	return task_call(conn, "select portarium.keeper_inspected($1, $2, $3, $4, $5, $6, $7)", 7,
					 params, failure);
}

PGresult *
tasks_kept(PGconn *conn, const char *tenant, const char *after, Failure *failure)
{
	char		max[12];
	const char *const params[] = {tenant, after, max};

	snprintf(max, sizeof(max), "%d", TASKS_KEPT_ROWS);
	return pgconn_call(conn, "select payload_id, owner_id, status, encode(object_hash, 'hex'), "
					   TASKS_TIME("until") ", held, forgotten from portarium.keeper_kept($1, $2, $3)",
					   3, params, failure);
}

bool
tasks_kept_row(const PGresult *result, int row, Kept *kept, Failure *failure)
{
	memset(kept, 0, sizeof(*kept));
	kept->stored = strcmp(PQgetvalue(result, row, 2), "STORED") == 0;
	kept->held = task_true(result, row, 5);
	kept->forgotten = task_true(result, row, 6);
	return (task_text(result, row, 0, kept->payload, sizeof(kept->payload)) &&
			task_text(result, row, 1, kept->owner, sizeof(kept->owner)) &&
			task_text(result, row, 4, kept->until, sizeof(kept->until)) &&
			(!kept->stored || hex_decode(PQgetvalue(result, row, 3), kept->hash, DIGEST_SIZE))) ||
		task_not_understood(failure);
}
