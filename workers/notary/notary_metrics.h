/*
 * notary_metrics.h: what the notary counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_NOTARY_METRICS_H
#define NOTARY_NOTARY_METRICS_H

#include "common/metrics.h"

/* The table, for whoever shows it. */
extern MetricTable *notary_metrics(void);

/* A round that signed a log of this size; 0: there was nothing to sign. */
extern void notary_metrics_round(int64_t us, uint64_t signed_size);

/* A round that failed, and whether because it refuses to sign. */
extern void notary_metrics_failed(bool refused);

/* A probe or an audit of the store, and whether it held. */
extern void notary_metrics_store(bool held);

#endif							/* NOTARY_NOTARY_METRICS_H */
