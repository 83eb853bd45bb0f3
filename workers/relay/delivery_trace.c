/*
 * delivery_trace.c: the span of a request to a subscriber.
 *
 * Without a collector the event's own trace goes along as it is.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/delivery_trace.h"

#include <string.h>

#include "common/clock.h"
#include "common/exporter.h"
#include "relay/event.h"

bool
delivery_trace_begin(DeliveryTrace *trace, Message *message)
{
	const Trace *event = &message->trace;

	memset(trace, 0, sizeof(*trace));
	trace->since_us = clock_wall_us();
	if (exporter_is_on() && message->n_links > 0)
		trace->span = trace_new(100);
	else
	{
		trace->span = event_span(event);
		memcpy(trace->parent_id, event->span_id, sizeof(trace->parent_id));
	}
	if (trace->span.trace_id[0] != '\0')
		return message_trace(message, &trace->span);
	return event->trace_id[0] == '\0' || message_trace(message, event);
}

void
delivery_trace_end(const DeliveryTrace *trace, const Message *message, const char *subscription,
				   const HookAnswer *answer)
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
		.error = answer->reason[0] != '\0' ? answer->reason : NULL,
		.links = message->links,
		.n_links = message->n_links,
		.attributes = {
			{"cloudevents.event_id", message->id, 0},
			{"portarium.subscription", subscription, 0},
			{"http.response.status_code", NULL, answer->status},
		},
	});
}
