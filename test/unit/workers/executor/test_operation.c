/*
 * test_operation.c: reading specifications, and the names of errors.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "executor/operation.h"

#define HTTP(rest) "{\"kind\":\"http\",\"base_url\":\"http://h\",\"path\":\"/p\"" rest "}"
#define EXEC(rest) "{\"kind\":\"exec\",\"program\":\"p\"" rest "}"

static bool
parse(Operation *operation, const char *text)
{
	Failure		failure;

	return operation_parse(operation, (Slice) {text, strlen(text)}, &failure);
}

static void
test_refused(void)
{
	static const char *const wrong[] = {
		"", "null", "[]", "{}", "{\"kind\":\"smtp\"}",
		HTTP(""), HTTP(",\"method\":\"TRACE\""), HTTP(",\"method\":\"post\""),
		HTTP(",\"method\":\"GET\",\"headers\":[]"),
		HTTP(",\"method\":\"GET\",\"headers\":{\"A B\":\"x\"}"),
		HTTP(",\"method\":\"GET\",\"headers\":{\"A\":1}"),
		HTTP(",\"method\":\"GET\",\"headers\":{\"content-length\":\"1\"}"),
		HTTP(",\"method\":\"GET\",\"headers\":{\"Transfer-Encoding\":\"chunked\"}"),
		HTTP(",\"method\":\"GET\",\"idempotency_header\":\"a:b\""),
		HTTP(",\"method\":\"GET\",\"errors\":[{\"status\":409,\"error\":\"X\"}]"),
		HTTP(",\"method\":\"GET\",\"errors\":[{\"status\":\"409\"}]"),
		HTTP(",\"method\":\"GET\",\"max_response_bytes\":0"),
		HTTP(",\"method\":\"GET\",\"max_response_bytes\":\"1\""),
		"{\"kind\":\"http\",\"base_url\":\"file:///etc\",\"path\":\"/p\",\"method\":\"GET\"}",
		"{\"kind\":\"http\",\"base_url\":\"http://h\",\"method\":\"GET\"}",
		"{\"kind\":\"exec\"}", EXEC(",\"args\":\"x\""), EXEC(",\"args\":[1]"),
	};
	Operation	operation;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		CHECK(wrong[i], !parse(&operation, wrong[i]));
		operation_free(&operation);
	}
}

static void
body_of(const char *text, OperationBody body)
{
	Operation	operation;

	CHECK(text, parse(&operation, text) && operation.body == body);
	operation_free(&operation);
}

static void
test_bodies(void)
{
	Operation	operation;

	body_of(HTTP(",\"method\":\"GET\""), OPERATION_BODY_NONE);
	body_of(HTTP(",\"method\":\"DELETE\""), OPERATION_BODY_NONE);
	body_of(HTTP(",\"method\":\"POST\""), OPERATION_BODY_INPUT);
	body_of(HTTP(",\"method\":\"PUT\",\"body\":\"none\""), OPERATION_BODY_NONE);
	body_of(HTTP(",\"method\":\"DELETE\",\"body\":\"input\""), OPERATION_BODY_INPUT);
	body_of(HTTP(",\"method\":\"POST\",\"body\":\"{a}\""), OPERATION_BODY_TEMPLATE);

	CHECK("a template is kept as text",
		  parse(&operation, HTTP(",\"method\":\"POST\",\"body\":{\"a\": 1.50}")) &&
		  operation.body_template.len == strlen("{\"a\": 1.50}") &&
		  memcmp(operation.body_template.text, "{\"a\": 1.50}", operation.body_template.len) == 0);
	operation_free(&operation);
}

static void
test_members(void)
{
	Operation	operation;

	CHECK("defaults", parse(&operation, HTTP(",\"method\":\"GET\"")) && !operation.idempotent &&
		  operation.max_response_bytes == OPERATION_RESPONSE_BYTES &&
		  operation.idempotency_header == NULL && operation.heartbeat_ms == 0);
	operation_free(&operation);
	CHECK("a heartbeat", parse(&operation, EXEC(",\"heartbeat_ms\":5000")) &&
		  operation.heartbeat_ms == 5000);
	operation_free(&operation);
	CHECK("the size is bounded", parse(&operation, EXEC(",\"max_response_bytes\":999999999999")) &&
		  operation.max_response_bytes == OPERATION_RESPONSE_BYTES_MAX);
	operation_free(&operation);
	CHECK("idempotent is true, not a word", parse(&operation, EXEC(",\"idempotent\":\"true\"")) &&
		  !operation.idempotent);
	operation_free(&operation);
	CHECK("arguments", parse(&operation, EXEC(",\"args\":[\"-a\",\"b\"],\"idempotent\":true")) &&
		  json_array_size(operation.args) == 2 && operation.idempotent);
	operation_free(&operation);
}

static void
error_is(const Operation *operation, int status, const char *expected)
{
	const char *name = operation_error(operation, status);
	char		label[32];

	(void) snprintf(label, sizeof(label), "status %d", status);
	CHECK(label, expected != NULL ? name != NULL && strcmp(name, expected) == 0 : name == NULL);
}

static void
test_errors(void)
{
	Operation	operation;

	CHECK("errors", parse(&operation, HTTP(",\"method\":\"GET\",\"errors\":["
										   "{\"status\":\"409\",\"error\":\"Conflict\"},"
										   "{\"status\":\"5xx\",\"error\":\"Unavailable\"},"
										   "{\"status\":\"503\",\"error\":\"Never\"},"
										   "{\"status\":\"*\",\"error\":\"Other\"}]")));
	error_is(&operation, 409, "Conflict");
	error_is(&operation, 500, "Unavailable");
	error_is(&operation, 503, "Unavailable");
	error_is(&operation, 404, "Other");
	operation_free(&operation);

	CHECK("no errors", parse(&operation, HTTP(",\"method\":\"GET\",\"errors\":["
											  "{\"status\":\"40\",\"error\":\"A\"},"
											  "{\"status\":\"xx\",\"error\":\"B\"}]")));
	error_is(&operation, 404, NULL);
	operation_free(&operation);
}

int
main(void)
{
	test_refused();
	test_bodies();
	test_members();
	test_errors();
	return check_close();
}
