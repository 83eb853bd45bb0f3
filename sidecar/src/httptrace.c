/*
 * httptrace.c: the trace of a request.
 *
 * Names and attributes are those of OpenTelemetry's semantic conventions for HTTP servers and
 * database clients.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "httptrace.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/exporter.h"

/* Only what a client sent with a traceparent counts; a tracestate may come in several headers. */
static bool
client_trace(Trace *trace, const HttpParser *parser)
{
	Span		parent = http_header(parser, "traceparent");
	Span		state;

	if (parent.at == NULL || parent.len != TRACE_TEXT_SIZE - 1 ||
		!trace_parse(trace, parent.at, parent.len))
		return false;
	for (int i = 0; (state = http_header_nth(parser, "tracestate", i)).at != NULL; i++)
		trace_add_state(trace, state.at, state.len);
	return true;
}

void
httptrace_begin(HttpTrace *trace, const HttpParser *parser, int sample_percent)
{
	memset(trace, 0, sizeof(*trace));
	if (!client_trace(&trace->span, parser))
	{
		if (exporter_is_on())
			trace->span = trace_new(sample_percent);
	}
	else if (exporter_is_on())
	{
		memcpy(trace->parent_id, trace->span.span_id, sizeof(trace->parent_id));
		trace->span = trace_child(&trace->span);
	}
}

static bool
is_told(const HttpTrace *trace)
{
	return exporter_is_on() && trace->span.sampled && trace->span.trace_id[0] != '\0';
}

void
httptrace_end(const HttpTrace *trace, const HttpTraceEnd *end)
{
	char		name[96];
	char		path[128];
	OtlpSpan	span = {
		.name = name,
		.trace_id = trace->span.trace_id,
		.span_id = trace->span.span_id,
		.parent_id = trace->parent_id,
		.state = trace->span.state,
		.kind = OTLP_SERVER,
		.start_us = end->since_us,
		.end_us = end->until_us,
		.error = end->status >= 500 ? "server error" : NULL,
		.attributes = {
			{"http.request.method", end->method, 0},
			{"http.route", end->route, 0},
			{"url.path", path, 0},
			{"http.response.status_code", NULL, end->status},
		},
	};

	if (!is_told(trace))
		return;
	(void) snprintf(name, sizeof(name), "%s %s", end->method, end->route);
	(void) snprintf(path, sizeof(path), "%.*s", (int) (end->path.len < 127 ? end->path.len : 127),
					end->path.at);
	exporter_span(&span);
}

void
httptrace_call(HttpTrace *trace, char context[TRACE_CONTEXT_SIZE])
{
	Trace		call = is_told(trace) ? trace_child(&trace->span) : trace->span;

	context[0] = trace->call_id[0] = '\0';
	if (call.trace_id[0] == '\0')
		return;
	trace_context(&call, context);
	if (!is_told(trace))
		return;
	memcpy(trace->call_id, call.span_id, sizeof(trace->call_id));
	trace->call_us = clock_wall_us();
}

void
httptrace_called(HttpTrace *trace, const char *operation, Span name, const char *sqlstate)
{
	char		title[96];
	OtlpSpan	span = {
		.name = title,
		.trace_id = trace->span.trace_id,
		.span_id = trace->call_id,
		.parent_id = trace->span.span_id,
		.state = trace->span.state,
		.kind = OTLP_CLIENT,
		.start_us = trace->call_us,
		.end_us = clock_wall_us(),
		.error = sqlstate[0] != '\0' ? sqlstate : NULL,
		.attributes = {
			{"db.system.name", "postgresql", 0},
			{"db.operation.name", operation, 0},
			{"db.response.status_code", sqlstate[0] != '\0' ? sqlstate : "00000", 0},
		},
	};

	if (trace->call_id[0] == '\0')
		return;
	(void) snprintf(title, sizeof(title), "%s %.*s", operation, (int) (name.len < 64 ? name.len : 64),
					name.at);
	exporter_span(&span);
	trace->call_id[0] = '\0';
}
