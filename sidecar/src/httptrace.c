/*
 * httptrace.c: the trace of a request.
 *
 * Names and attributes are those of OpenTelemetry's semantic conventions for HTTP servers.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "httptrace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/exporter.h"

void
httptrace_begin(HttpTrace *trace, Span header, int sample_percent)
{
	bool		given = trace_parse(&trace->span, header.at, header.len);

	trace->parent_id[0] = trace->text[0] = '\0';
	if (exporter_is_on() && given)
	{
		memcpy(trace->parent_id, trace->span.span_id, sizeof(trace->parent_id));
		trace->span = trace_child(&trace->span);
	}
	else if (exporter_is_on())
	{
		trace->span = trace_new();
		trace->span.sampled = random() % 100 < sample_percent;
	}
	if (!exporter_is_on() && given)
		(void) snprintf(trace->text, sizeof(trace->text), "%.*s", (int) header.len, header.at);
	else if (trace->span.trace_id[0] != '\0')
		trace_text(&trace->span, trace->text);
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

	if (!exporter_is_on() || !trace->span.sampled || trace->span.trace_id[0] == '\0')
		return;
	(void) snprintf(name, sizeof(name), "%s %s", end->method, end->route);
	(void) snprintf(path, sizeof(path), "%.*s", (int) (end->path.len < 127 ? end->path.len : 127),
					end->path.at);
	exporter_span(&span);
}
