/*
 * tasks.h: what the keeper asks of the database and tells it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_TASKS_H
#define KEEPER_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include <libpq-fe.h>

#include "common/digest.h"
#include "common/failure.h"

/* of one question and group of tenants: each may have a content of 16 MiB */
#define TASKS_ROWS 4
#define TASKS_KEPT_ROWS 500
#define TASK_UUID_SIZE 37
#define TASK_TIME_SIZE 21

/* One thing to do; content and length are the result's. */
typedef struct Task
{
	char		work[8];
	char		tenant[TASK_UUID_SIZE];
	char		payload[TASK_UUID_SIZE];	/* empty: the owner's key only */
	char		owner[TASK_UUID_SIZE];
	unsigned char *content;		/* PQfreemem */
	size_t		len;
	char		until[TASK_TIME_SIZE];	/* as S3 writes it */
	bool		held;
} Task;

/* What must be as it was left: an object, or the absence of a key. */
typedef struct Kept
{
	char		payload[TASK_UUID_SIZE];
	char		owner[TASK_UUID_SIZE];
	bool		stored;
	bool		forgotten;
	bool		held;
	unsigned char hash[DIGEST_SIZE];
	char		until[TASK_TIME_SIZE];	/* empty: not locked yet but for the first time */
} Kept;

/* What there is to do now; to be read row by row and cleared. */
extern PGresult *tasks_next(PGconn *conn, Failure *failure) MUST_CHECK;

/* A task of it, whose content is to be freed with task_free. */
extern bool task_row(const PGresult *result, int row, Task *task, Failure *failure) MUST_CHECK;
extern void task_free(Task *task);

/* It was done; object_hash is of a stored object only, else NULL. */
extern bool tasks_done(PGconn *conn, const Task *task, const unsigned char *object_hash,
					   Failure *failure) MUST_CHECK;
extern bool tasks_fetched(PGconn *conn, const Task *task, const void *content, size_t len,
						  Failure *failure) MUST_CHECK;

/* All tenants: one column of ids; to be cleared. */
extern PGresult *tasks_tenants(PGconn *conn, Failure *failure) MUST_CHECK;

/* What is kept of a tenant's behind a payload, in order; to be read row by row and cleared. */
extern PGresult *tasks_kept(PGconn *conn, const char *tenant, const char *after,
							Failure *failure) MUST_CHECK;
extern bool tasks_kept_row(const PGresult *result, int row, Kept *kept,
						   Failure *failure) MUST_CHECK;
extern bool tasks_audited(PGconn *conn, const char *tenant, const char *report,
						  Failure *failure) MUST_CHECK;

#endif							/* KEEPER_TASKS_H */
