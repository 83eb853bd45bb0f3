/*
 * flight.h: the jobs in flight on one connection and what comes back for them, result by result.
 *
 *      sent ─► last … first ─► answered        step: results of `first` so far
 *
 * Also which statements are prepared there, because the answers decide that.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_FLIGHT_H
#define SIDECAR_FLIGHT_H

#include "job.h"
#include "prepared.h"

typedef struct Flight
{
	Job		   *first;
	Job		   *last;
	int			count;
	int			step;
	Prepared	prepared;
} Flight;

extern void flight_push(Flight *flight, Job *job);

/* The next job that has come to its Sync, taken out of the queue; NULL when none has. */
extern Job *flight_next(Flight *flight, PGconn *conn);

/* Forgets everything, as a lost connection demands, and gives the jobs back, oldest first. */
extern Job *flight_abort(Flight *flight);

/*
 * Takes the results of a batch that belongs to no job.  True when it has come to its Sync; *failed
 * when a result was an error, which is logged.
 */
extern bool flight_setup(PGconn *conn, const char *lane, bool *failed);

#endif							/* SIDECAR_FLIGHT_H */
