/*
 * httptrace.h: the trace of a request: taken from its client or begun here.
 *
 * While spans are exported a request is a span of its own, and each call that it makes in the
 * database another one below, the parent of what the call causes there; otherwise the client's
 * trace context is handed on as it is.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_HTTPTRACE_H
#define SIDECAR_HTTPTRACE_H

#include <stdint.h>

#include "common/trace.h"
#include "http.h"
#include "span.h"

typedef struct HttpTrace
{
	Trace		span;			/* no trace_id: there is no trace */
	char		parent_id[17];
	char		call_id[17];	/* the call under way; "": none, or it has no span */
	int64_t		call_us;
} HttpTrace;

/* What is told about a request. */
typedef struct HttpTraceEnd
{
	const char *method;
	const char *route;			/* /rpc/{function}, … */
	Span		path;
	int			status;
	int64_t		since_us;		/* the wall's time */
	int64_t		until_us;
} HttpTraceEnd;

/* A request without a traceparent is sampled so many times in a hundred. */
extern void httptrace_begin(HttpTrace *trace, const HttpParser *parser, int sample_percent);
extern void httptrace_end(const HttpTrace *trace, const HttpTraceEnd *end);

/* A call begins; context becomes what the database gets, "" when there is no trace. */
extern void httptrace_call(HttpTrace *trace, char context[TRACE_CONTEXT_SIZE]);

/* It has ended; name: the function or the view; sqlstate: "" when it went well. */
extern void httptrace_called(HttpTrace *trace, const char *operation, Span name,
							 const char *sqlstate);

#endif							/* SIDECAR_HTTPTRACE_H */
