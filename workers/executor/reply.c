/*
 * reply.c: what came back over HTTP, and what it means.
 *
 * The output is {"status":…,"headers":{…},"body":…}.  A JSON body is passed on as the text it came
 * in, after jansson accepted it; any other text becomes a JSON string, an empty body null.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "executor/jsontext.h"
#include "executor/utf8.h"

/* A body as a JSON string is at most six times as long; the rest is status and headers. */
#define REPLY_OUTPUT_MAX(body_max) ((body_max) * 6 + 65536)
#define REPLY_SNIPPET_MAX 200

static const char *const reply_header_names[REPLY_HEADERS] = {
	[REPLY_CONTENT_TYPE] = "Content-Type",
	[REPLY_LOCATION] = "Location",
	[REPLY_ETAG] = "ETag",
	[REPLY_RETRY_AFTER] = "Retry-After",
};

void
reply_init(Reply *reply, size_t max_bytes)
{
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, max_bytes);
}

void
reply_free(Reply *reply)
{
	buf_free(&reply->body);
}

void
reply_header(Reply *reply, const char *line, size_t len)
{
	if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0)
	{
		memset(reply->headers, 0, sizeof(reply->headers));
		return;
	}
	for (int i = 0; i < REPLY_HEADERS; i++)
	{
		size_t		name_len = strlen(reply_header_names[i]);
		Slice		value;

		if (len <= name_len || line[name_len] != ':' ||
			strncasecmp(line, reply_header_names[i], name_len) != 0)
			continue;
		value = jsontext_trim((Slice) {line + name_len + 1, len - name_len - 1});
		utf8_clean(reply->headers[i], REPLY_HEADER_MAX, value.text, value.len);
	}
}

bool
reply_body(Reply *reply, const char *bytes, size_t len)
{
	if (!buf_append(&reply->body, bytes, len))
		reply->too_large = true;
	return !reply->too_large;
}

/* application/json, application/problem+json and the like, whatever the parameters. */
static bool
reply_is_json(const Reply *reply)
{
	const char *type = reply->headers[REPLY_CONTENT_TYPE];
	size_t		len = strcspn(type, "; \t");

	return (len == 16 && strncasecmp(type, "application/json", 16) == 0) ||
		(len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0);
}

static bool
reply_append_headers(const Reply *reply, Buf *output)
{
	bool		first = true;
	bool		ok = buf_char(output, '{');

	for (int i = 0; ok && i < REPLY_HEADERS; i++)
	{
		const char *value = reply->headers[i];

		if (value[0] == '\0')
			continue;
		ok = buf_printf(output, "%s\"%s\":", first ? "" : ",", reply_header_names[i]) &&
			buf_json_string(output, value, strlen(value));
		first = false;
	}
	return ok && buf_char(output, '}');
}

static bool
reply_append_body(const Reply *reply, Buf *output, Failure *failure)
{
	Slice		body = jsontext_trim((Slice) {reply->body.data, reply->body.len});

	failure_set(failure, "the body is too large");
	if (body.len == 0)
		return buf_text(output, "null");
	if (reply_is_json(reply))
		return jsontext_valid(body, failure) && buf_append(output, body.text, body.len);
	if (!utf8_valid(reply->body.data, reply->body.len))
	{
		failure_set(failure, "the body is neither JSON nor UTF-8 text");
		return false;
	}
	return buf_json_string(output, reply->body.data, reply->body.len);
}

static void
reply_success(const Reply *reply, int status, Outcome *outcome)
{
	Failure		failure = {.message = "out of memory"};
	Buf			output;

	buf_init(&output, REPLY_OUTPUT_MAX(reply->body.max));
	if (buf_printf(&output, "{\"status\":%d,\"headers\":", status) &&
		reply_append_headers(reply, &output) &&
		buf_text(&output, ",\"body\":") &&
		reply_append_body(reply, &output, &failure) &&
		buf_char(&output, '}'))
		outcome_done(outcome, &output);
	else
		outcome_error(outcome, "Http.BadResponse", "HTTP status %d: %s", status, failure.message);
	buf_free(&output);
}

void
reply_outcome(const Reply *reply, const Operation *operation, int status, Outcome *outcome)
{
	char		snippet[REPLY_SNIPPET_MAX];
	char		own_name[32];
	const char *name;

	if (status >= 200 && status <= 299)
	{
		reply_success(reply, status, outcome);
		return;
	}
	(void) snprintf(own_name, sizeof(own_name), "Http.%d", status);
	name = operation_error(operation, status);
	utf8_clean(snippet, sizeof(snippet), reply->body.data, reply->body.len);
	outcome_error(outcome, name != NULL ? name : own_name, "HTTP status %d%s%s", status,
				  snippet[0] != '\0' ? ": " : "", snippet);
}
