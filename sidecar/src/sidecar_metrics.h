/*
 * sidecar_metrics.h: what the sidecar counts.
 *
 * The thread of requests counts; the admin's /metrics and the exporter's thread read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_SIDECAR_METRICS_H
#define SIDECAR_SIDECAR_METRICS_H

#include "common/metrics.h"

typedef enum MetricsRoute
{
	ROUTE_OTHER,
	ROUTE_INDEX,
	ROUTE_RPC,
	ROUTE_VIEW,
	ROUTE_EVENTS,
	ROUTE_WORKER,
	ROUTE_COUNT
} MetricsRoute;

typedef enum SidecarEvent
{
	SIDECAR_CONNECTION_ACCEPTED,
	SIDECAR_CONNECTION_REFUSED,
	SIDECAR_TOKEN_CACHED,
	SIDECAR_TOKEN_VERIFIED,
	SIDECAR_TOKEN_REFUSED,
	SIDECAR_READ_MOVED,			/* to the slow lane */
	SIDECAR_QUEUE_REFUSED,
	SIDECAR_QUOTA_REFUSED,
	SIDECAR_EVENTS
} SidecarEvent;

/* The table, for whoever shows it. */
extern MetricTable *sidecar_metrics(void);

/* The route as a pattern. */
extern const char *sidecar_metrics_route(MetricsRoute route);

extern void sidecar_metrics_count(SidecarEvent event);

/* A request that was answered; method as it came. */
extern void sidecar_metrics_request(const char *method, MetricsRoute route, int status, int64_t us);

/* A level by its name behind "portarium.sidecar."; lane: NULL when it is of none. */
extern void sidecar_metrics_level(const char *name, const char *lane, int64_t value);

#endif							/* SIDECAR_SIDECAR_METRICS_H */
