/*
 * message.h: events as one HTTP request.
 *
 *      structured   one event, application/cloudevents+json
 *      batch        several events, application/cloudevents-batch+json
 *      binary       one event: its data is the body, its attributes are ce- header fields
 *
 * A message is signed as Standard Webhooks wants: webhook-id, webhook-timestamp and
 * webhook-signature, "v1," and the base64 of HMAC-SHA-256(key, id "." timestamp "." body).
 * The message owns its memory.  The trace context of its event, or links to those of a batch, are
 * kept beside it; which trace goes along in the header is said by message_trace.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_MESSAGE_H
#define RELAY_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "common/buf.h"
#include "common/otlp.h"
#include "common/trace.h"

#define MESSAGE_BODY_MAX (4 * 1024 * 1024)
#define MESSAGE_LINKS 32
#define MESSAGE_BATCH_MAX (1024 * 1024)	/* a batch takes no further event behind so many bytes */

typedef enum MessageMode
{
	MESSAGE_STRUCTURED,
	MESSAGE_BATCH,
	MESSAGE_BINARY
} MessageMode;

typedef struct Message
{
	Buf			body;
	struct curl_slist *headers;
	char		id[128];
	Trace		trace;			/* of the one event; no trace_id: none */
	OtlpLink	links[MESSAGE_LINKS];	/* to the sampled traces of a batch */
	size_t		n_links;
} Message;

extern MessageMode message_mode(const char *text);

extern void message_init(Message *message);
extern void message_free(Message *message);

/* One event, in structured or binary mode. */
extern bool message_one(Message *message, MessageMode mode, const char *event,
						Failure *failure) MUST_CHECK;

/* Adds an event to a batch: called for each, then message_batch_end. */
extern bool message_batch_add(Message *message, const char *event, Failure *failure) MUST_CHECK;
extern bool message_batch_end(Message *message, Failure *failure) MUST_CHECK;

/* The trace that the request is in; called when the events are there. */
extern bool message_trace(Message *message, const Trace *trace) MUST_CHECK;

/* keys are lines of "whsec_" and base64 of 24 to 64 bytes; now in seconds since the Unix epoch. */
extern bool message_sign(Message *message, const char *keys, int64_t now,
						 Failure *failure) MUST_CHECK;

#endif							/* RELAY_MESSAGE_H */
