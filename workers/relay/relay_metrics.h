/*
 * relay_metrics.h: what the relay counts: its deliveries, how runs go, and the database's levels.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_RELAY_METRICS_H
#define RELAY_RELAY_METRICS_H

#include "common/metrics.h"

/* So many tenants get series of their own, the first that are heard of; before all else. */
extern bool relay_metrics_tenants(int most) MUST_CHECK;

/* The table, for whoever shows it. */
extern MetricTable *relay_metrics(void);

/* A request to a subscriber that came to this; how many events it carried. */
extern void relay_metrics_delivery(const char *outcome, int events);

/* A run, an action or an approval that took so long and ended so; other things are not counted. */
extern void relay_metrics_ended(const char *tenant, const char *what, const char *outcome,
								int64_t us);

/* A level of the database, by the name that portarium.relay_gauges() gives it. */
extern void relay_metrics_level(const char *name, int64_t value);

#endif							/* RELAY_RELAY_METRICS_H */
