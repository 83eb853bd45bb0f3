/*
 * calls.h: what the executor says to the database.
 *
 * All of its SQL text is in calls.c.  A call is sent over an IDLE link; the readers take its answer
 * apart.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_CALLS_H
#define EXECUTOR_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "executor/job.h"
#include "executor/link.h"

#define CALLS_WANT_MAX 900		/* jobs that one exchange may want */

/* Who this executor is, as register_executor said. */
typedef struct Identity
{
	int			executor_id;
	int			epoch;
} Identity;

typedef enum CallsState
{
	CALLS_OK,
	CALLS_STALE,				/* the lease is gone */
	CALLS_CANCEL				/* the run no longer wants the result */
} CallsState;

/* adapters and capabilities are array literals. */
extern void calls_register(Link *link, const char *name, const char *adapters,
						   const char *capabilities);
extern void calls_exchange(Link *link, const Identity *identity, const char *acks, int want);
extern void calls_heartbeat(Link *link, const Identity *identity, const char *tokens);
extern void calls_await(Link *link, const Identity *identity, int wait_ms);

/* False when the answer does not look like one. */
extern bool calls_read_identity(const PGresult *result, Identity *identity) MUST_CHECK;

/* Row i of an exchange: a job (true; the strings belong to the result), or a stale token. */
extern bool calls_read_job(const PGresult *result, int i, JobClaim *claim,
						   int64_t *stale) MUST_CHECK;

/* Row i of a heartbeat. */
extern CallsState calls_read_state(const PGresult *result, int i, int64_t *token);

/* Appends a,b as the array literal {"a","b"}; false for a name that is not one. */
extern bool calls_names(const char *list, Buf *literal) MUST_CHECK;

#endif							/* EXECUTOR_CALLS_H */
