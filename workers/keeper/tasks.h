/*
 * tasks.h: what the keeper asks of the database and tells it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_TASKS_H
#define KEEPER_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "common/digest.h"
#include "common/failure.h"

/* of one question and group of tenants: each may have a content of 16 MiB */
#define TASKS_ROWS 4
/* of one page of an inspection */
#define TASKS_KEPT_ROWS 50
#define TASK_UUID_SIZE 37
#define TASK_TIME_SIZE 21
/* a time as the database writes it */
#define TASK_STAMP_SIZE 40

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

/* Where the inspection of a tenant's payloads is. */
typedef struct Inspection
{
	char		tenant[TASK_UUID_SIZE];
	char		after[TASK_UUID_SIZE];	/* the last payload that was looked at */
	int			percent;		/* how many of a hundred are read and hashed */
	bool		waits;			/* until there is a seed */
	unsigned char seed[DIGEST_SIZE];	/* what the sample follows from; of 100 none */
	uint64_t	objects;
	uint64_t	hashed;
	unsigned char sample[DIGEST_SIZE];	/* running digest of those that were hashed */
	char		reason[sizeof(((Failure *) NULL)->message)];	/* the first finding */
} Inspection;

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

/* The database's time. */
extern bool tasks_now(PGconn *conn, char stamp[TASK_STAMP_SIZE], Failure *failure) MUST_CHECK;

/*
 * The inspection that is under way, or one that begins: of a tenant whose last one ended before since, or
 * so many hours ago; *due: there is one.
 */
extern bool tasks_inspection(PGconn *conn, const char *since, int hours, int percent,
							 Inspection *inspection, bool *due, Failure *failure) MUST_CHECK;

/* Where it is now; done: at its end. */
extern bool tasks_inspected(PGconn *conn, const Inspection *inspection, bool done,
							Failure *failure) MUST_CHECK;

/* What is kept of a tenant's behind a payload, in order; to be read row by row and cleared. */
extern PGresult *tasks_kept(PGconn *conn, const char *tenant, const char *after,
							Failure *failure) MUST_CHECK;
extern bool tasks_kept_row(const PGresult *result, int row, Kept *kept,
						   Failure *failure) MUST_CHECK;

#endif							/* KEEPER_TASKS_H */
