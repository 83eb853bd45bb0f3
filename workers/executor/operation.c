/*
 * operation.c: what a job's specification asks for.
 *
 * The database checks a specification when an adapter is registered; it is checked here again
 * because the executor trusts nobody with its requests.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/operation.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
operation_refuse(Failure *failure, const char *member)
{
	failure_set(failure, "the operation's member \"%s\" is missing or wrong", member);
	return false;
}

/* A header's or a method's name: RFC 9110 token. */
static bool
operation_is_token(const char *text)
{
	return text[0] != '\0' &&
		text[strspn(text, "!#$%&'*+-.^_`|~0123456789"
					"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] == '\0';
}

static bool
operation_method_known(const char *method)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

	for (size_t i = 0; method != NULL && i < sizeof(methods) / sizeof(methods[0]); i++)
	{
		if (strcmp(method, methods[i]) == 0)
			return true;
	}
	return false;
}

static bool
operation_body(Operation *operation, Slice text, Failure *failure)
{
	json_t	   *body = json_object_get(operation->spec, "body");
	const char *word = json_string_value(body);

	if (body == NULL)
		operation->body = strcmp(operation->method, "GET") == 0 ||
			strcmp(operation->method, "HEAD") == 0 ||
			strcmp(operation->method, "DELETE") == 0 ? OPERATION_BODY_NONE : OPERATION_BODY_INPUT;
	else if (word != NULL && strcmp(word, "none") == 0)
		operation->body = OPERATION_BODY_NONE;
	else if (word != NULL && strcmp(word, "input") == 0)
		operation->body = OPERATION_BODY_INPUT;
	else
	{
		operation->body = OPERATION_BODY_TEMPLATE;
		if (!jsontext_member(text, "body", &operation->body_template))
			return operation_refuse(failure, "body");
	}
	return true;
}

/* curl frames the body itself; a header that says otherwise would smuggle a second request. */
static bool
operation_header_allowed(const char *name)
{
	return operation_is_token(name) && strcasecmp(name, "Content-Length") != 0 &&
		strcasecmp(name, "Transfer-Encoding") != 0;
}

static bool
operation_headers(Operation *operation, Failure *failure)
{
	const char *name;
	json_t	   *value;

	operation->headers = json_object_get(operation->spec, "headers");
	if (operation->headers != NULL && !json_is_object(operation->headers))
		return operation_refuse(failure, "headers");
	json_object_foreach(operation->headers, name, value)
	{
		if (!operation_header_allowed(name) || !json_is_string(value))
			return operation_refuse(failure, "headers");
	}
	operation->idempotency_header =
		json_string_value(json_object_get(operation->spec, "idempotency_header"));
	if (operation->idempotency_header != NULL &&
		!operation_is_token(operation->idempotency_header))
		return operation_refuse(failure, "idempotency_header");
	return true;
}

static bool
operation_errors(Operation *operation, Failure *failure)
{
	size_t		i;
	json_t	   *entry;

	operation->errors = json_object_get(operation->spec, "errors");
	if (operation->errors != NULL && !json_is_array(operation->errors))
		return operation_refuse(failure, "errors");
	json_array_foreach(operation->errors, i, entry)
	{
		if (!json_is_string(json_object_get(entry, "status")) ||
			!json_is_string(json_object_get(entry, "error")))
			return operation_refuse(failure, "errors");
	}
	return true;
}

static bool
operation_http(Operation *operation, Slice text, Failure *failure)
{
	operation->method = json_string_value(json_object_get(operation->spec, "method"));
	operation->base_url = json_string_value(json_object_get(operation->spec, "base_url"));
	operation->path = json_string_value(json_object_get(operation->spec, "path"));

	if (!operation_method_known(operation->method))
		return operation_refuse(failure, "method");
	if (operation->base_url == NULL ||
		(strncmp(operation->base_url, "http://", 7) != 0 &&
		 strncmp(operation->base_url, "https://", 8) != 0))
		return operation_refuse(failure, "base_url");
	if (operation->path == NULL)
		return operation_refuse(failure, "path");
	return operation_headers(operation, failure) &&
		operation_errors(operation, failure) &&
		operation_body(operation, text, failure);
}

static bool
operation_exec(Operation *operation, Failure *failure)
{
	size_t		i;
	json_t	   *arg;

	operation->program = json_string_value(json_object_get(operation->spec, "program"));
	operation->args = json_object_get(operation->spec, "args");
	if (operation->program == NULL)
		return operation_refuse(failure, "program");
	if (operation->args != NULL && !json_is_array(operation->args))
		return operation_refuse(failure, "args");
	json_array_foreach(operation->args, i, arg)
	{
		if (!json_is_string(arg))
			return operation_refuse(failure, "args");
	}
	return true;
}

static bool
operation_response_bytes(Operation *operation, Failure *failure)
{
	json_t	   *max = json_object_get(operation->spec, "max_response_bytes");
	json_int_t	bytes = max != NULL ? json_integer_value(max) : OPERATION_RESPONSE_BYTES;

	if (bytes < 1)
		return operation_refuse(failure, "max_response_bytes");
	if (bytes > OPERATION_RESPONSE_BYTES_MAX)
		bytes = OPERATION_RESPONSE_BYTES_MAX;
	operation->max_response_bytes = (size_t) bytes;
	return true;
}

bool
operation_parse(Operation *operation, Slice text, Failure *failure)
{
	json_error_t error;
	const char *kind;

	memset(operation, 0, sizeof(*operation));
	operation->spec = json_loadb(text.text, text.len, JSON_REJECT_DUPLICATES, &error);
	if (operation->spec == NULL)
	{
		failure_set(failure, "the operation is not JSON: %s", error.text);
		return false;
	}
	operation->idempotent = json_is_true(json_object_get(operation->spec, "idempotent"));
	operation->heartbeat_ms = json_integer_value(json_object_get(operation->spec, "heartbeat_ms"));
	if (!operation_response_bytes(operation, failure))
		return false;

	kind = json_string_value(json_object_get(operation->spec, "kind"));
	if (kind != NULL && strcmp(kind, "http") == 0)
	{
		operation->kind = OPERATION_HTTP;
		return operation_http(operation, text, failure);
	}
	if (kind != NULL && strcmp(kind, "exec") == 0)
	{
		operation->kind = OPERATION_EXEC;
		return operation_exec(operation, failure);
	}
	return operation_refuse(failure, "kind");
}

void
operation_free(Operation *operation)
{
	json_decref(operation->spec);
	memset(operation, 0, sizeof(*operation));
}

static bool
operation_status_fits(const char *pattern, int status)
{
	char		number[12];

	(void) snprintf(number, sizeof(number), "%d", status);
	if (strcmp(pattern, "*") == 0 || strcmp(pattern, number) == 0)
		return true;
	return strlen(pattern) == 3 && pattern[0] == number[0] && strcmp(pattern + 1, "xx") == 0;
}

const char *
operation_error(const Operation *operation, int status)
{
	size_t		i;
	json_t	   *entry;

	json_array_foreach(operation->errors, i, entry)
	{
		if (operation_status_fits(json_string_value(json_object_get(entry, "status")), status))
			return json_string_value(json_object_get(entry, "error"));
	}
	return NULL;
}
