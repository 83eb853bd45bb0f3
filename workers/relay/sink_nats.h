/*
 * sink_nats.h: a stream of NATS JetStream that takes CloudEvents.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SINK_NATS_H
#define RELAY_SINK_NATS_H

#include "relay/nats_options.h"
#include "relay/sink.h"

typedef struct SinkNatsSettings
{
	NatsTarget	target;			/* servers NULL: not NATS */
	const char *subject;		/* events go to this, a dot and the tenant's id */
} SinkNatsSettings;

/*
 * Events are published in structured mode; the stream must have acknowledged an event before it
 * counts.  Each subject's order is kept, and the stream knows by Nats-Msg-Id what comes again.
 * Strings must stay valid.
 */
extern Sink *sink_nats_open(const SinkNatsSettings *settings, Failure *failure) MUST_CHECK;

#endif							/* RELAY_SINK_NATS_H */
