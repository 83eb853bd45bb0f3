/*
 * test_message.c: events as HTTP requests: modes, escaping, signatures.
 *
 * The signature's vector was made with another implementation (Python's hmac).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "relay/message.h"

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define EVENT(idx) "{\"id\":\"t/" idx "\",\"type\":\"a\",\"subject\":\"r\",\"data\":{\"n\":" idx "}}"

static bool
has_header(const Message *message, const char *line)
{
	for (const struct curl_slist *header = message->headers; header != NULL; header = header->next)
		if (strcmp(header->data, line) == 0)
			return true;
	return false;
}

static void
test_structured(void)
{
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("structured", message_one(&message, MESSAGE_STRUCTURED, EVENT("7"), &failure));
	CHECK("the event is the body", strcmp(message.body.data, EVENT("7")) == 0);
	CHECK("its id names the message", strcmp(message.id, "t/7") == 0);
	CHECK("its type", has_header(&message, "Content-Type: application/cloudevents+json; charset=utf-8"));
	message_free(&message);
}

static void
test_binary(void)
{
	static const char event[] = "{\"id\":\"t/1\",\"datacontenttype\":\"application/json\","
		"\"actionid\":\"r:W\303\244it \\\"1\\\" 50%:2\",\"traceparent\":\"" PARENT "\",\"tracestate\":\"a=1\",\"data\":{\"n\":1}}";
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("binary", message_one(&message, MESSAGE_BINARY, event, &failure));
	CHECK("the data is the body", strcmp(message.body.data, "{\"n\":1}") == 0);
	CHECK("its type is the data's", has_header(&message, "Content-Type: application/json"));
	CHECK("what a field cannot hold is encoded",
		  has_header(&message, "ce-actionid: r:W%C3%A4it%20%221%22%2050%25:2"));
	CHECK("the trace is an attribute", has_header(&message, "ce-traceparent: " PARENT) &&
		  has_header(&message, "ce-tracestate: a=1"));
	CHECK("and known", strcmp(message.trace.span_id, "b7ad6b7169203331") == 0 && message.trace.sampled);
	CHECK("it goes along", message_trace(&message, &message.trace) &&
		  has_header(&message, "traceparent: " PARENT) && has_header(&message, "tracestate: a=1"));
	message_free(&message);
}

/* Each sampled trace once, and no more than there is room for. */
static void
test_links(void)
{
	char		event[128];
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("traced", message_batch_add(&message, "{\"id\":\"t/1\",\"traceparent\":\"" PARENT "\"}", &failure));
	CHECK("again", message_batch_add(&message, "{\"id\":\"t/2\",\"traceparent\":\"" PARENT "\"}", &failure));
	CHECK("not sampled", message_batch_add(&message, "{\"id\":\"t/3\",\"traceparent\":"
										   "\"00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00\"}", &failure));
	CHECK("no trace", message_batch_add(&message, EVENT("4"), &failure));
	CHECK("one link", message.n_links == 1 &&
		  strcmp(message.links[0].trace_id, "0af7651916cd43dd8448eb211c80319c") == 0);
	for (int i = 1; i < 100; i++)
	{
		(void) snprintf(event, sizeof(event), "{\"id\":\"t/%d\",\"traceparent\":\"00-%032x-b7ad6b7169203331-01\"}",
						4 + i, (unsigned) i);
		CHECK("another", message_batch_add(&message, event, &failure));
	}
	CHECK("links have a maximum", message.n_links == MESSAGE_LINKS);
	message_free(&message);
}

static void
test_batch(void)
{
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("first", message_batch_add(&message, EVENT("7"), &failure));
	CHECK("one event names the batch", strcmp(message.id, "t/7") == 0);
	CHECK("second", message_batch_add(&message, EVENT("8"), &failure));
	CHECK("third", message_batch_add(&message, EVENT("12"), &failure));
	CHECK("end", message_batch_end(&message, &failure));
	CHECK("first and last name it", strcmp(message.id, "t/7-12") == 0);
	CHECK("an array", strcmp(message.body.data, "[" EVENT("7") "," EVENT("8") "," EVENT("12") "]") == 0);
	message_free(&message);
}

static void
test_signature(void)
{
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("an event", message_one(&message, MESSAGE_STRUCTURED, EVENT("7"), &failure));
	CHECK("signed", message_sign(&message, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
								 1700000000, &failure));
	CHECK("id", has_header(&message, "webhook-id: t/7"));
	CHECK("time", has_header(&message, "webhook-timestamp: 1700000000"));
	CHECK("signature", has_header(&message, "webhook-signature: v1,TjhfMDbLYQhdxR7xZ7zqrrh3a9KTVb0gOwl6Un0oyCE="));
	message_free(&message);
}

/* While a key changes, both sign: the subscriber accepts whichever it has. */
static void
test_two_keys(void)
{
	static const char two[] = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n\n"
		"whsec_/v38+/r5+Pf29fTz8vHw7+7t7Ovq6ejn5uXk4+Lh4A==\n";
	static const char four[] = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("an event", message_one(&message, MESSAGE_STRUCTURED, EVENT("7"), &failure));
	CHECK("signed by both", message_sign(&message, two, 1700000000, &failure));
	CHECK("signatures", has_header(&message, "webhook-signature: v1,TjhfMDbLYQhdxR7xZ7zqrrh3a9KTVb0gOwl6Un0oyCE="
								   " v1,Bw7vlmFsEaB80V8N368zJ4uQpK70NDcW38vfUpZWu+8="));
	CHECK("four are too many", !message_sign(&message, four, 1700000000, &failure));
	CHECK("and it says so", strstr(failure.message, "more than 3 keys") != NULL);
	message_free(&message);
}

static void
test_refused(void)
{
	static const char *const secrets[] = {
		"", "secret", "whsec_", "whsec_AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nsecret",
		"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("not an event", !message_one(&message, MESSAGE_STRUCTURED, "{}", &failure));
	CHECK("not JSON", !message_batch_add(&message, "{", &failure));
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		CHECK(secrets[i], !message_sign(&message, secrets[i], 1700000000, &failure));
	CHECK("a trace with a line end is none", message_one(&message, MESSAGE_STRUCTURED,
														"{\"id\":\"t/1\",\"traceparent\":\"x\\r\\ny: z\"}", &failure) &&
		  message.trace.trace_id[0] == '\0');
	message_free(&message);
}

int
main(void)
{
	test_structured();
	test_binary();
	test_batch();
	test_links();
	test_signature();
	test_two_keys();
	test_refused();
	return check_close();
}
