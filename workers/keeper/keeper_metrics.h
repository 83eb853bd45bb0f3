/*
 * keeper_metrics.h: what the keeper counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_KEEPER_METRICS_H
#define KEEPER_KEEPER_METRICS_H

#include <stdbool.h>

#include "common/metrics.h"

/* The table, for whoever shows it. */
extern MetricTable *keeper_metrics(void);

/* Something that was done about a payload. */
extern void keeper_metrics_done(const char *work);

/* A round that failed, and whether because something is not as it was left. */
extern void keeper_metrics_failed(bool refused);

/* An inspection, and whether everything was as it was left. */
extern void keeper_metrics_inspected(bool good);

#endif							/* KEEPER_KEEPER_METRICS_H */
