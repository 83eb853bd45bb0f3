/*
 * metrics.h: what the program counts about itself, in Prometheus' text format.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_METRICS_H
#define SIDECAR_METRICS_H

#include <stdint.h>

#include "common/buf.h"

typedef enum MetricsRoute
{
	ROUTE_OTHER,
	ROUTE_INDEX,
	ROUTE_RPC,
	ROUTE_VIEW,
	ROUTE_EVENTS,
	ROUTE_COUNT
} MetricsRoute;

#define METRICS_BUCKETS 13

typedef struct Metrics
{
	uint64_t	requests[ROUTE_COUNT][600];	/* by status */
	/* by status; buckets are not cumulative, the last is +Inf */
	uint64_t	buckets[ROUTE_COUNT][600][METRICS_BUCKETS + 1];
	double		seconds[ROUTE_COUNT][600];
	uint64_t	connections_accepted;
	uint64_t	connections_refused;
	uint64_t	tokens_cached;
	uint64_t	tokens_verified;
	uint64_t	tokens_refused;
	uint64_t	reads_moved;	/* to the slow lane */
	uint64_t	queue_refusals;
	uint64_t	quota_refusals;
} Metrics;

/* The route as a pattern. */
extern const char *metrics_route(MetricsRoute route);

extern void metrics_request(Metrics *metrics, MetricsRoute route, int status, int64_t elapsed_us);

/* Appends the counters and the histogram. */
extern bool metrics_write(const Metrics *metrics, Buf *out) MUST_CHECK;

/* Appends one gauge with a help line; labels may be "". */
extern bool metrics_gauge(Buf *out, const char *name, const char *labels, int64_t value) MUST_CHECK;

#endif							/* SIDECAR_METRICS_H */
