/*
 * executor_metrics.c: what the executor counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/executor_metrics.h"

#include "common/telemetry.h"

#define EVENT(event_, name_, help_) \
	[event_] = {.name = "portarium.executor." name_, .kind = METRIC_COUNTER, .unit = "", .help = (help_)}
#define ATTEMPT(outcome_) \
	{.name = "portarium.executor.attempt.duration", .kind = METRIC_HISTOGRAM, .unit = "s", \
	 .help = "Time from a claim to its outcome.", .labels = {{"outcome", outcome_}}}

enum
{
	SUCCEEDED = EXECUTOR_EVENTS,
	FAILED,
	UNKNOWN,
	RUNNING
};

static Metric rows[] = {
	EVENT(EXECUTOR_CLAIMED, "jobs.claimed", "Jobs that were claimed."),
	EVENT(EXECUTOR_STALE, "acknowledgements.stale", "Acknowledgements that came too late."),
	EVENT(EXECUTOR_DROPPED, "jobs.dropped", "Jobs that were dropped, their lease being gone."),
	EVENT(EXECUTOR_REFUSED, "calls.refused", "Calls that the database refused."),
	EVENT(EXECUTOR_LOST, "calls.lost", "Calls whose connection broke."),
	[SUCCEEDED] = ATTEMPT("succeeded"),
	[FAILED] = ATTEMPT("failed"),
	[UNKNOWN] = ATTEMPT("unknown"),
	[RUNNING] = {.name = "portarium.executor.jobs.running", .kind = METRIC_GAUGE, .unit = "",
	.help = "Jobs that run now."},
	TELEMETRY_METRICS,
};

static MetricTable table = METRIC_TABLE(rows);

MetricTable *
executor_metrics(void)
{
	return &table;
}

void
executor_metrics_count(ExecutorEvent event)
{
	metrics_add(&rows[event], 1);
}

void
executor_metrics_attempt(OutcomeKind kind, int64_t us)
{
	metrics_observe(&rows[kind == OUTCOME_UNKNOWN ? UNKNOWN : kind == OUTCOME_ERROR ? FAILED :
						  SUCCEEDED], us);
}

void
executor_metrics_running(int jobs)
{
	metrics_set(&rows[RUNNING], jobs);
}
