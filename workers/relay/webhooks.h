/*
 * webhooks.h: delivering to the webhook subscriptions of all tenants.
 *
 * A thread with a database connection of its own: many requests at a time, one for each
 * subscription.  Signals must be blocked already.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_WEBHOOKS_H
#define RELAY_WEBHOOKS_H

#include "common/pgconn.h"
#include "relay/delivery.h"

typedef struct WebhookSettings
{
	DeliveryRules rules;
	int			deliveries;		/* at a time */
	int			interval_ms;	/* between two looks when nothing is there */
} WebhookSettings;

typedef struct Webhooks Webhooks;

/* target and settings must stay valid. */
extern Webhooks *webhooks_start(const PgTarget *target, const WebhookSettings *settings,
								Failure *failure) MUST_CHECK;

/* Breaks off what is under way: its events come again.  NULL is allowed. */
extern void webhooks_stop(Webhooks *webhooks);

#endif							/* RELAY_WEBHOOKS_H */
