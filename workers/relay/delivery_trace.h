/*
 * delivery_trace.h: the span of a request to a subscriber.
 *
 * One event's request lies in the event's trace, below the run; a batch comes from many traces, so
 * it has one of its own with a link to each.  The subscriber gets the request's span as its parent.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_DELIVERY_TRACE_H
#define RELAY_DELIVERY_TRACE_H

#include <stdint.h>

#include "relay/hook_call.h"
#include "relay/message.h"

typedef struct DeliveryTrace
{
	Trace		span;			/* no trace_id: nothing is told */
	char		parent_id[17];
	int64_t		since_us;
} DeliveryTrace;

/* The message is complete: gives it its trace.  False when there is no memory. */
extern bool delivery_trace_begin(DeliveryTrace *trace, Message *message) MUST_CHECK;
extern void delivery_trace_end(const DeliveryTrace *trace, const Message *message,
							   const char *subscription, const HookAnswer *answer);

#endif							/* RELAY_DELIVERY_TRACE_H */
