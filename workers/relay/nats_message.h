/*
 * nats_message.h: an event as a message of NATS.
 *
 * CloudEvents' binding in structured mode: the event is the content, the headers are content-type, the
 * event's own trace context (ce-) and the delivery's as OpenTelemetry has it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_NATS_MESSAGE_H
#define RELAY_NATS_MESSAGE_H

#include <nats/nats.h>

#include "relay/event.h"

#define NATS_MESSAGE_SUBJECT_MAX 200
#define NATS_MESSAGE_ID_MAX 512

/* Tokens of letters, digits, - and _ with a dot between them. */
extern bool nats_message_is_subject(const char *text);

/* True when the event has all that a message is made of. */
extern bool nats_message_fits(const json_t *event);

/* To the subject, a dot and the tenant's id; natsMsg_Destroy; NULL when there is no memory. */
extern natsMsg *nats_message_make(const char *subject, const json_t *event, const char *text,
								  size_t len, const Trace *along) MUST_CHECK;

/* What the stream knows a repeated event by: its source and its id. */
extern void nats_message_id(const json_t *event, char id[NATS_MESSAGE_ID_MAX]);

#endif							/* RELAY_NATS_MESSAGE_H */
