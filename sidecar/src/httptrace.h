/*
 * httptrace.h: the trace of a request: taken from its client or begun here.
 *
 * While spans are exported a request is a span of its own, the parent of what it causes in the
 * database; otherwise the client's traceparent is handed on as it is.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_HTTPTRACE_H
#define SIDECAR_HTTPTRACE_H

#include <stdint.h>

#include "common/trace.h"
#include "span.h"

typedef struct HttpTrace
{
	Trace		span;			/* no trace_id: there is no trace */
	char		parent_id[17];
	char		text[TRACE_TEXT_SIZE];	/* what the database gets, "" when there is no trace */
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

/* header: the client's traceparent.  A request without one is sampled so many times in a hundred. */
extern void httptrace_begin(HttpTrace *trace, Span header, int sample_percent);
extern void httptrace_end(const HttpTrace *trace, const HttpTraceEnd *end);

#endif							/* SIDECAR_HTTPTRACE_H */
