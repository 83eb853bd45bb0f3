/*
 * sink_trace.h: the span of an event's delivery to a sink.
 *
 * It lies in the event's trace, below the run; whoever takes the event gets it as its parent.
 * Without a collector the event's own trace goes along as it is.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SINK_TRACE_H
#define RELAY_SINK_TRACE_H

#include <stdint.h>

#include "common/otlp.h"
#include "relay/event.h"

typedef struct SinkTrace
{
	Trace		span;			/* no trace_id: nothing is told */
	char		parent_id[17];
	char		event_id[128];
	int64_t		since_us;
} SinkTrace;

/* An event is on its way; *along is the trace that goes with it, no trace_id: none. */
extern void sink_trace_begin(SinkTrace *trace, const json_t *event, Trace *along);

/* It was taken, or not: error in words that name no host.  The attributes say what kind of sink it is. */
extern void sink_trace_end(const SinkTrace *trace, const char *error, OtlpAttribute first,
						   OtlpAttribute second);

#endif							/* RELAY_SINK_TRACE_H */
