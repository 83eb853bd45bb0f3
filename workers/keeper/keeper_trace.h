/*
 * keeper_trace.h: the spans of what the keeper does.
 *
 * What is done about one payload, and an inspection, is a trace of its own each: the database says
 * what differs, not who wanted it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_KEEPER_TRACE_H
#define KEEPER_KEEPER_TRACE_H

#include <stdint.h>

#include "common/failure.h"
#include "common/trace.h"

typedef struct KeeperTrace
{
	Trace		span;			/* no trace_id: nothing is told */
	int64_t		since_us;
} KeeperTrace;

extern KeeperTrace keeper_trace_begin(void);

/* It ended; payload: its id, "" for none; failure: NULL when it went well. */
extern void keeper_trace_end(const KeeperTrace *trace, const char *work, const char *payload,
							 const Failure *failure);

#endif							/* KEEPER_KEEPER_TRACE_H */
