/*
 * scrape.h: GET /metrics of a program that has no HTTP server of its own.
 *
 * A thread answers one request after the other, each within a second; anything but GET /metrics is
 * 404.  Signals must be blocked already.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_SCRAPE_H
#define COMMON_SCRAPE_H

#include "common/metrics.h"

typedef struct Scrape Scrape;

/* listen_on: ADDRESS:PORT, "" for none (then *scrape is NULL); the metrics must stay valid. */
extern bool scrape_start(Scrape **scrape, const char *listen_on, MetricTable *metrics,
						 Failure *failure) MUST_CHECK;

/* NULL is allowed. */
extern void scrape_stop(Scrape *scrape);

#endif							/* COMMON_SCRAPE_H */
