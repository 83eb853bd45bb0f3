/*
 * sink_trace.c: the span of an event's delivery to a sink.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/sink_trace.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/exporter.h"

void
sink_trace_begin(SinkTrace *trace, const json_t *event, Trace *along)
{
	event_trace(event, along);
	*trace = (SinkTrace) {.span = event_span(along), .since_us = clock_wall_us()};
	if (trace->span.trace_id[0] == '\0')
		return;
	memcpy(trace->parent_id, along->span_id, sizeof(trace->parent_id));
	(void) snprintf(trace->event_id, sizeof(trace->event_id), "%s", event_attribute(event, "id"));
	*along = trace->span;
}

void
sink_trace_end(const SinkTrace *trace, const char *error, OtlpAttribute first, OtlpAttribute second)
{
	if (trace->span.trace_id[0] == '\0')
		return;
	exporter_span(&(OtlpSpan) {
		.name = "event delivery",
		.trace_id = trace->span.trace_id,
		.span_id = trace->span.span_id,
		.parent_id = trace->parent_id,
		.state = trace->span.state,
		.kind = OTLP_PRODUCER,
		.start_us = trace->since_us,
		.end_us = clock_wall_us(),
		.error = error,
		.attributes = {{"cloudevents.event_id", trace->event_id, 0}, first, second},
	});
}
