/*
 * message.c: events as one HTTP request.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/event.h"
#include "relay/signature.h"

#define MESSAGE_HEADER_MAX 4096

MessageMode
message_mode(const char *text)
{
	return strcmp(text, "binary") == 0 ? MESSAGE_BINARY :
		strcmp(text, "batch") == 0 ? MESSAGE_BATCH : MESSAGE_STRUCTURED;
}

void
message_init(Message *message)
{
	memset(message, 0, sizeof(*message));
	buf_init(&message->body, MESSAGE_BODY_MAX);
}

void
message_free(Message *message)
{
	buf_free(&message->body);
	curl_slist_free_all(message->headers);
	message->headers = NULL;
}

static bool
message_header(Message *message, const char *name, const char *value)
{
	struct curl_slist *longer = NULL;
	Buf			line;

	buf_init(&line, MESSAGE_HEADER_MAX);
	if (strpbrk(value, "\r\n") == NULL && buf_printf(&line, "%s: %s", name, value))
		longer = curl_slist_append(message->headers, line.data);
	buf_free(&line);
	if (longer != NULL)
		message->headers = longer;
	return longer != NULL;
}

/* CloudEvents HTTP binding 3.1.3.2: space, double quote, percent and all beyond ASCII. */
static bool
message_encode(const char *value, Buf *out)
{
	for (const unsigned char *c = (const unsigned char *) value; *c != '\0'; c++)
	{
		bool		plain = *c > 0x20 && *c < 0x7F && *c != '"' && *c != '%';

		if (!(plain ? buf_char(out, (char) *c) : buf_printf(out, "%%%02X", *c)))
			return false;
	}
	return true;
}

static bool
message_attribute(Message *message, const char *name, const char *value)
{
	char		field[64];
	Buf			encoded;
	bool		ok;

	(void) snprintf(field, sizeof(field), "ce-%s", name);
	buf_init(&encoded, MESSAGE_HEADER_MAX);
	ok = message_encode(value, &encoded) && message_header(message, field, encoded.data);
	buf_free(&encoded);
	return ok;
}

/* The attributes as header fields, the data as the body. */
static bool
message_binary(Message *message, json_t *event)
{
	const char *name;
	json_t	   *value;
	char	   *data = json_dumps(json_object_get(event, "data"), JSON_COMPACT | JSON_ENCODE_ANY);
	bool		ok = data != NULL && buf_text(&message->body, data);

	free(data);
	json_object_foreach(event, name, value)
	{
		const char *text = json_string_value(value);

		if (text != NULL && strcmp(name, "datacontenttype") == 0)
			ok = ok && message_header(message, "Content-Type", text);
		else if (text != NULL)
			ok = ok && message_attribute(message, name, text);
	}
	return ok;
}

bool
message_trace(Message *message, const Trace *trace)
{
	char		text[TRACE_TEXT_SIZE];

	trace_text(trace, text);
	return message_header(message, "traceparent", text) &&
		(trace->state[0] == '\0' || message_header(message, "tracestate", trace->state));
}

bool
message_one(Message *message, MessageMode mode, const char *event, Failure *failure)
{
	json_t	   *parsed = event_parse(event, strlen(event), failure);
	bool		ok;

	if (parsed == NULL)
		return false;
	failure_set(failure, "out of memory");
	event_trace(parsed, &message->trace);
	(void) snprintf(message->id, sizeof(message->id), "%s", event_attribute(parsed, "id"));
	if (mode == MESSAGE_BINARY)
		ok = message_binary(message, parsed);
	else
		ok = buf_text(&message->body, event) &&
			message_header(message, "Content-Type", "application/cloudevents+json; charset=utf-8");
	/* a body that is sent at once needs no question whether it may be sent */
	ok = ok && message_header(message, "Expect", "");
	json_decref(parsed);
	return ok;
}

/* Events of one run follow each other: a trace is linked once. */
static void
message_link(Message *message, const json_t *event)
{
	Trace		trace;

	event_trace(event, &trace);
	if (!trace.sampled || message->n_links == MESSAGE_LINKS)
		return;
	for (size_t i = 0; i < message->n_links; i++)
	{
		if (strcmp(message->links[i].trace_id, trace.trace_id) == 0)
			return;
	}
	memcpy(message->links[message->n_links].trace_id, trace.trace_id, sizeof(trace.trace_id));
	memcpy(message->links[message->n_links].span_id, trace.span_id, sizeof(trace.span_id));
	message->n_links++;
}

/* The id of a batch names its first and its last event. */
bool
message_batch_add(Message *message, const char *event, Failure *failure)
{
	json_t	   *parsed = event_parse(event, strlen(event), failure);
	const char *id;
	size_t		len = strlen(message->id);
	const char *last;

	if (parsed == NULL)
		return false;
	failure_set(failure, "a batch is too large");
	id = event_attribute(parsed, "id");
	last = strchr(id, '/') != NULL ? strchr(id, '/') + 1 : id;
	if (len == 0)
		(void) snprintf(message->id, sizeof(message->id), "%s", id);
	else
	{
		char	   *dash = strchr(strchr(message->id, '/') + 1, '-');

		if (dash == NULL)
			dash = message->id + len;
		(void) snprintf(dash, sizeof(message->id) - (size_t) (dash - message->id), "-%s", last);
	}
	message_link(message, parsed);
	json_decref(parsed);
	return buf_char(&message->body, message->body.len == 0 ? '[' : ',') &&
		buf_text(&message->body, event);
}

bool
message_batch_end(Message *message, Failure *failure)
{
	failure_set(failure, "out of memory");
	return buf_char(&message->body, ']') && message_header(message, "Expect", "") &&
		message_header(message, "Content-Type",
					   "application/cloudevents-batch+json; charset=utf-8");
}

bool
message_sign(Message *message, const char *keys, int64_t now, Failure *failure)
{
	char		stamp[24];
	Buf			text;
	bool		ok;

	(void) snprintf(stamp, sizeof(stamp), "%" PRId64, now);
	buf_init(&text, SIGNATURE_TEXT_MAX);
	ok = signature_make(keys, message->id, stamp, &message->body, &text, failure) &&
		message_header(message, "webhook-id", message->id) &&
		message_header(message, "webhook-timestamp", stamp) &&
		message_header(message, "webhook-signature", text.data);
	buf_free(&text);
	return ok;
}
