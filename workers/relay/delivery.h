/*
 * delivery.h: one leased subscription on its way.
 *
 *      lease ──► not agreed yet: ask ──► report
 *        │
 *        └─► read events ──► send ──► answered ──► send … ──► report
 *
 * Events go out one request after the other, in order.  The lease ends with the first that is
 * refused, with the last that was read, or when its turn is over.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_DELIVERY_H
#define RELAY_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/delivery_trace.h"
#include "relay/hook_call.h"
#include "relay/lease.h"

typedef struct DeliveryRules
{
	HookRules	hook;
	int			batch;			/* events that are read at a time */
	int			credentials_fd;	/* -1: there are none */
} DeliveryRules;

typedef struct Delivery
{
	const DeliveryRules *rules;
	Session    *session;
	Lease		lease;
	HookCall	call;
	Message		message;
	PGresult   *events;
	int			row;			/* the first that is not delivered */
	int			behind;			/* the row behind those in the message */
	int			requests;
	DeliveryTrace trace;		/* of the request under way */
	int64_t		deadline_ms;	/* no request begins after */
	char	   *secret;
	bool		asking;
	bool		busy;
} Delivery;

/*
 * Takes a lease over.  True: delivery->call is to be performed.  False: there was nothing to send,
 * or it could not be; that has been reported and the delivery is free.
 */
extern bool delivery_begin(Delivery *delivery, const DeliveryRules *rules, Session *session,
						   const PGresult *taken, int row, int64_t deadline_ms) MUST_CHECK;

/* The call is done.  True: perform it again; false as above. */
extern bool delivery_answered(Delivery *delivery, CURLcode code) MUST_CHECK;

/* Lets go without a report: the lease ends by itself. */
extern void delivery_drop(Delivery *delivery);

#endif							/* RELAY_DELIVERY_H */
