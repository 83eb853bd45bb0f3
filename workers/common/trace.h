/*
 * trace.h: W3C Trace Context: which trace something belongs to, and under which span.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_TRACE_H
#define COMMON_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

#define TRACE_TEXT_SIZE 56		/* a traceparent and its NUL */
#define TRACE_STATE_MAX 512
#define TRACE_CONTEXT_SIZE (TRACE_TEXT_SIZE + 1 + TRACE_STATE_MAX)

typedef struct Trace
{
	char		trace_id[33];	/* lower-case hexadecimal; "": no trace */
	char		span_id[17];
	bool		sampled;		/* decided once, where the trace began */
	bool		random;			/* the trace id is, so others may decide by it, too */
	char		state[TRACE_STATE_MAX + 1]; /* tracestate; "": none */
} Trace;

/*
 * 00-<32 hex>-<16 hex>-<2 hex>, and behind a blank perhaps a tracestate; false, and no trace, for
 * anything else.  A tracestate that is none is left out.
 */
extern bool trace_parse(Trace *trace, const char *text, size_t len) MUST_CHECK;

/* Takes the tracestate when it is one; several of them are joined by commas. */
extern void trace_add_state(Trace *trace, const char *text, size_t len);

/* The traceparent alone, and with its tracestate, as trace_parse reads it. */
extern void trace_text(const Trace *trace, char text[TRACE_TEXT_SIZE]);
extern void trace_context(const Trace *trace, char text[TRACE_CONTEXT_SIZE]);

/* A new span in the parent's trace. */
extern Trace trace_child(const Trace *parent);

/*
 * A new trace; so many in a hundred are sampled.  Whether this one is follows from its id, and its
 * tracestate names the threshold (ot=th), so that whoever samples later knows what it stands for.
 */
extern Trace trace_new(int sample_percent);

#endif							/* COMMON_TRACE_H */
