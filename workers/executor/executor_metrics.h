/*
 * executor_metrics.h: what the executor counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_EXECUTOR_METRICS_H
#define EXECUTOR_EXECUTOR_METRICS_H

#include "common/metrics.h"
#include "executor/outcome.h"

/* What happens between the executor and the database. */
typedef enum ExecutorEvent
{
	EXECUTOR_CLAIMED,			/* a job */
	EXECUTOR_STALE,				/* an acknowledgement that came too late */
	EXECUTOR_DROPPED,			/* a job whose lease is gone */
	EXECUTOR_REFUSED,			/* a call that the database refused */
	EXECUTOR_LOST,				/* a call whose connection broke */
	EXECUTOR_EVENTS
} ExecutorEvent;

/* The table, for whoever shows it. */
extern MetricTable *executor_metrics(void);

extern void executor_metrics_count(ExecutorEvent event);

/* An attempt at an action that ended so, after so long. */
extern void executor_metrics_attempt(OutcomeKind kind, int64_t us);
extern void executor_metrics_running(int jobs);

#endif							/* EXECUTOR_EXECUTOR_METRICS_H */
