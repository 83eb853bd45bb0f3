/*
 * spans.h: the spans of runs and states, which the database works out of its entries.
 *
 * A thread with a connection of its own reads them behind a cursor, hands them to the exporter and
 * moves the cursor.  A relay that dies begins again where it was, with the same ids.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SPANS_H
#define RELAY_SPANS_H

#include "common/pgconn.h"

typedef struct Spans Spans;

/* Signals must be blocked already.  target must stay valid. */
extern Spans *spans_start(const PgTarget *target, int interval_ms, Failure *failure) MUST_CHECK;

/* NULL is allowed. */
extern void spans_stop(Spans *spans);

#endif							/* RELAY_SPANS_H */
