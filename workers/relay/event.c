/*
 * event.c: what the relay reads of an event.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/event.h"

#include <string.h>

#include "common/exporter.h"

json_t *
event_parse(const char *text, size_t len, Failure *failure)
{
	json_error_t error;
	json_t	   *event = json_loadb(text, len, 0, &error);

	if (event_attribute(event, "id") != NULL)
		return event;
	failure_set(failure, "the database gave an event that is none");
	json_decref(event);
	return NULL;
}

const char *
event_attribute(const json_t *event, const char *name)
{
	return json_string_value(json_object_get(event, name));
}

void
event_trace(const json_t *event, Trace *trace)
{
	const char *parent = event_attribute(event, "traceparent");
	const char *state = event_attribute(event, "tracestate");

	memset(trace, 0, sizeof(*trace));
	if (parent != NULL && trace_parse(trace, parent, strlen(parent)) && state != NULL)
		trace_add_state(trace, state, strlen(state));
}

Trace
event_span(const Trace *trace)
{
	return exporter_is_on() && trace->sampled ? trace_child(trace) : (Trace) {.trace_id = ""};
}
