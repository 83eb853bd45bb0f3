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

typedef struct Trace
{
	char		trace_id[33];	/* lower-case hexadecimal; "": no trace */
	char		span_id[17];
	bool		sampled;		/* decided once, where the trace began */
} Trace;

/* 00-<32 hex>-<16 hex>-<2 hex>; false, and no trace, for anything else. */
extern bool trace_parse(Trace *trace, const char *text, size_t len) MUST_CHECK;
extern void trace_text(const Trace *trace, char text[TRACE_TEXT_SIZE]);

/* A new span in the parent's trace, or in a new trace that is sampled. */
extern Trace trace_child(const Trace *parent);
extern Trace trace_new(void);

#endif							/* COMMON_TRACE_H */
