/*
 * test_message.c: events as HTTP requests: modes, escaping, signatures.
 *
 * The signature's vector was made with another implementation (Python's hmac).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "relay/message.h"

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
	CHECK("its type", has_header(&message, "Content-Type: application/cloudevents+json; charset=UTF-8"));
	message_free(&message);
}

static void
test_binary(void)
{
	static const char event[] = "{\"id\":\"t/1\",\"datacontenttype\":\"application/json\","
		"\"actionid\":\"r:W\303\244it \\\"1\\\" 50%:2\",\"traceparent\":\"00-x\",\"data\":{\"n\":1}}";
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("binary", message_one(&message, MESSAGE_BINARY, event, &failure));
	CHECK("the data is the body", strcmp(message.body.data, "{\"n\":1}") == 0);
	CHECK("its type is the data's", has_header(&message, "Content-Type: application/json"));
	CHECK("what a field cannot hold is encoded",
		  has_header(&message, "ce-actionid: r:W%C3%A4it%20%221%22%2050%25:2"));
	CHECK("the trace goes twice", has_header(&message, "ce-traceparent: 00-x") &&
		  has_header(&message, "traceparent: 00-x"));
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

static void
test_refused(void)
{
	static const char *const secrets[] = {
		"", "secret", "whsec_", "whsec_AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	Message		message;
	Failure		failure;

	message_init(&message);
	CHECK("not an event", !message_one(&message, MESSAGE_STRUCTURED, "{}", &failure));
	CHECK("not JSON", !message_batch_add(&message, "{", &failure));
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		CHECK(secrets[i], !message_sign(&message, secrets[i], 1700000000, &failure));
	CHECK("a trace with a line end", !message_one(&message, MESSAGE_STRUCTURED,
												  "{\"id\":\"t/1\",\"traceparent\":\"x\\r\\ny: z\"}", &failure));
	message_free(&message);
}

int
main(void)
{
	test_structured();
	test_binary();
	test_batch();
	test_signature();
	test_refused();
	return check_close();
}
