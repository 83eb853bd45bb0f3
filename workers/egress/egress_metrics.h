/*
 * egress_metrics.h: what the proxy counts.  Any thread may.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_EGRESS_METRICS_H
#define EGRESS_EGRESS_METRICS_H

#include "common/metrics.h"
#include "egress/record.h"

/* The table, for whoever shows it. */
extern MetricTable *egress_metrics(void);

extern void egress_metrics_attempt(const Record *record);
extern void egress_metrics_connections(int connections);

/* Nobody got in: there were too many. */
extern void egress_metrics_declined(void);

#endif							/* EGRESS_EGRESS_METRICS_H */
