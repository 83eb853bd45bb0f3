/*
 * event.h: what the relay reads of an event.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_EVENT_H
#define RELAY_EVENT_H

#include <stddef.h>

#include <jansson.h>

#include "common/trace.h"

/* The event parsed, to be given back with json_decref; NULL when it is not one. */
extern json_t *event_parse(const char *text, size_t len, Failure *failure) MUST_CHECK;

/* An attribute that is a text; NULL: there is none. */
extern const char *event_attribute(const json_t *event, const char *name);

/* The trace that the event is in; no trace_id: none.  What is no trace context is as if there were none. */
extern void event_trace(const json_t *event, Trace *trace);

/* A span below the event's trace; no trace_id when it is not sampled, or nobody takes spans. */
extern Trace event_span(const Trace *trace);

#endif							/* RELAY_EVENT_H */
