/*
 * job_trace.c: the span and the time of each attempt at an action.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/job_trace.h"

#include <string.h>

#include "common/clock.h"
#include "common/exporter.h"
#include "executor/executor_metrics.h"

void
job_trace_begin(Job *job)
{
	Trace		parent;
	char		text[TRACE_TEXT_SIZE];

	job->started_us = clock_wall_us();
	if (job->traceparent == NULL ||
		!trace_parse(&parent, job->traceparent, strlen(job->traceparent)))
		return;
	job->trace = parent;
	if (!exporter_is_on() || !parent.sampled)
		return;
	job->trace = trace_child(&parent);
	if (job->trace.trace_id[0] == '\0')
		return;
	memcpy(job->parent_span, parent.span_id, sizeof(job->parent_span));
	trace_text(&job->trace, text);
	/* the tracestate behind it stays */
	memcpy(job->traceparent, text, TRACE_TEXT_SIZE - 1);
}

static void
job_trace_tell(const Job *job)
{
	const Outcome *outcome = &job->outcome;
	OtlpSpan	span = {
		.name = "action attempt",
		.trace_id = job->trace.trace_id,
		.span_id = job->trace.span_id,
		.parent_id = job->parent_span,
		.state = job->trace.state,
		.kind = OTLP_CLIENT,
		.start_us = job->started_us,
		.end_us = clock_wall_us(),
		.error = outcome->kind == OUTCOME_UNKNOWN ? "unknown outcome" :
			outcome->kind == OUTCOME_ERROR ? outcome->error : NULL,
		.attributes = {
			{"portarium.run.id", job->run_id, 0},
			{"portarium.action.id", job->idempotency_key != NULL ? job->idempotency_key : "", 0},
			{"portarium.attempt", NULL, job->attempt},
		},
	};

	exporter_span(&span);
}

void
job_trace_ended(JobTable *table)
{
	for (int i = 0; i < table->size; i++)
	{
		Job		   *job = &table->jobs[i];

		/* one that ended as it began may be on its way back already */
		if ((job->state != JOB_ENDED && job->state != JOB_REPORTED) || job->started_us == 0)
			continue;
		executor_metrics_attempt(job->outcome.kind, clock_wall_us() - job->started_us);
		if (job->parent_span[0] != '\0')
			job_trace_tell(job);
		job->started_us = 0;
	}
}
