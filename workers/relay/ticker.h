/*
 * ticker.h: the clock of a server without background workers.
 *
 * A thread with a connection of its own calls portarium.tick() once a second, so that a slow sink
 * does not slow timers and leases down.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_TICKER_H
#define RELAY_TICKER_H

#include <stdbool.h>

#include "common/pgconn.h"

typedef struct Ticker Ticker;

/* Signals must be blocked already.  target must stay valid. */
extern Ticker *ticker_start(const PgTarget *target, Failure *failure) MUST_CHECK;

/* Waits for a running tick to end; NULL is allowed. */
extern void ticker_stop(Ticker *ticker);

#endif							/* RELAY_TICKER_H */
