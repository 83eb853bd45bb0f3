/*
 * breaker.h: destinations that are left alone for a while.
 *
 *     closed --failures in a row, or Retry-After--> open --time--> one trial --good--> closed
 *                                                    ^_______________bad__|
 *
 * A destination is a scheme, host and port, of one tenant: what one tenant's requests meet says
 * nothing to another one's.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_BREAKER_H
#define EXECUTOR_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"

typedef struct Breaker Breaker;

/* Opens after so many failures in a row (0: never by them), for so long. */
extern Breaker *breaker_create(int failures, int open_ms) MUST_CHECK;
extern void breaker_destroy(Breaker *breaker);

/* True when a request may be sent now; else *wait_ms says when the next trial is. */
extern bool breaker_admits(Breaker *breaker, const char *tenant_id, const char *url, int64_t now_ms,
						   int64_t *wait_ms);

/* How a request that was admitted went. */
extern void breaker_good(Breaker *breaker, const char *tenant_id, const char *url);

/* retry_after_ms: how long the destination wants to be left alone; 0: it did not say. */
extern void breaker_bad(Breaker *breaker, const char *tenant_id, const char *url, int64_t now_ms,
						int64_t retry_after_ms);

#endif							/* EXECUTOR_BREAKER_H */
