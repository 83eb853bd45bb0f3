/*
 * nats_message.c: an event as a message of NATS.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/nats_message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NATS_MESSAGE_TYPE "application/cloudevents+json; charset=utf-8"

bool
nats_message_is_subject(const char *text)
{
	char		before = '.';

	for (const char *c = text; *c != '\0'; c++)
	{
		if (!isalnum((unsigned char) *c) && *c != '-' && *c != '_' && (*c != '.' || before == '.'))
			return false;
		before = *c;
	}
	return before != '.' && strlen(text) < NATS_MESSAGE_SUBJECT_MAX;
}

bool
nats_message_fits(const json_t *event)
{
	return event_attribute(event, "source") != NULL && event_attribute(event, "subject") != NULL &&
		event_attribute(event, "tenantid") != NULL;
}

static bool
nats_message_header(natsMsg *message, const char *name, const char *value)
{
	return value == NULL || value[0] == '\0' || natsMsgHeader_Set(message, name, value) == NATS_OK;
}

static bool
nats_message_headers(natsMsg *message, const json_t *event, const Trace *along)
{
	char		parent[TRACE_TEXT_SIZE] = "";

	if (along->trace_id[0] != '\0')
		trace_text(along, parent);
	return nats_message_header(message, "content-type", NATS_MESSAGE_TYPE) &&
		nats_message_header(message, "ce-traceparent", event_attribute(event, "traceparent")) &&
		nats_message_header(message, "ce-tracestate", event_attribute(event, "tracestate")) &&
		nats_message_header(message, "traceparent", parent) &&
		nats_message_header(message, "tracestate", along->state);
}

natsMsg *
nats_message_make(const char *subject, const json_t *event, const char *text, size_t len,
				  const Trace *along)
{
	char		full[NATS_MESSAGE_SUBJECT_MAX + 64];
	natsMsg    *message = NULL;

	(void) snprintf(full, sizeof(full), "%s.%s", subject, event_attribute(event, "tenantid"));
	if (natsMsg_Create(&message, full, NULL, text, (int) len) != NATS_OK)
		return NULL;
	if (nats_message_headers(message, event, along))
		return message;
	natsMsg_Destroy(message);
	return NULL;
}

void
nats_message_id(const json_t *event, char id[NATS_MESSAGE_ID_MAX])
{
	(void) snprintf(id, NATS_MESSAGE_ID_MAX, "%s#%s", event_attribute(event, "source"),
					event_attribute(event, "id"));
}
