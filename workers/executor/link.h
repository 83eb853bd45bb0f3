/*
 * link.h: one connection to the database that never blocks.
 *
 *     DOWN -> CONNECTING -> IDLE <-> BUSY
 *       ^_________|__________|________|      lost: DOWN, and tried again after a growing delay
 *
 * One call runs at a time.  A link is stepped when its descriptor is ready or its time is due; an
 * answer, or the news that a call was lost, is then taken from it.  Every call has a time limit,
 * after which the connection is given up.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_LINK_H
#define EXECUTOR_LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/backoff.h"
#include "common/pgconn.h"

typedef enum LinkState
{
	LINK_DOWN,
	LINK_CONNECTING,
	LINK_IDLE,
	LINK_BUSY
} LinkState;

typedef enum LinkEvent
{
	LINK_NOTHING,
	LINK_ANSWER,				/* the call succeeded: a result to clear */
	LINK_REFUSED,				/* the database answered with an error */
	LINK_LOST					/* the connection broke; nobody knows whether the call was done */
} LinkEvent;

typedef struct Link
{
	const PgTarget *target;
	const char *purpose;		/* for the log */
	PGconn	   *conn;
	LinkState	state;
	PostgresPollingStatusType wants;
	int64_t		due_ms;			/* DOWN: when to try; CONNECTING, BUSY: when to give up */
	Backoff		backoff;
	PGresult   *result;			/* of the running call, as far as it came */
	LinkEvent	event;			/* not taken yet */
	Failure		failure;		/* of the event */
} Link;

/* The first step connects.  target and purpose must stay valid. */
extern void link_init(Link *link, const PgTarget *target, const char *purpose);
extern void link_close(Link *link);

/* Sends a statement with text parameters over an IDLE link. */
extern void link_send(Link *link, const char *sql, int n_params, const char *const *params,
					  int timeout_ms);

/* The descriptor to wait for; false when there is none. */
extern bool link_fd(const Link *link, struct pollfd *fd) MUST_CHECK;

/* When the link must be stepped at the latest, on the monotonic clock; INT64_MAX: no need. */
extern int64_t link_due(const Link *link);

/* Moves the link on; cheap when nothing happened. */
extern void link_step(Link *link);

/*
 * What happened since it was last asked.  For LINK_ANSWER result is set and the caller's to clear;
 * for LINK_REFUSED and LINK_LOST failure is filled.
 */
extern LinkEvent link_take(Link *link, PGresult **result, Failure *failure) MUST_CHECK;

#endif							/* EXECUTOR_LINK_H */
