/*
 * request.c: what a job sends over HTTP: URL, headers, body.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "executor/template.h"

#define REQUEST_AGENT "User-Agent: portarium-executor"

/* A line end in a value would start another header. */
static bool
request_line_safe(const char *line)
{
	for (; *line != '\0'; line++)
	{
		if ((unsigned char) *line < 0x20 || *line == 0x7F)
			return false;
	}
	return true;
}

static bool
request_add_line(Request *request, const char *line, Failure *failure)
{
	struct curl_slist *longer = NULL;

	if (!request_line_safe(line))
		failure_set(failure, "a header has a control character");
	else if ((longer = curl_slist_append(request->headers, line)) == NULL)
		failure_set(failure, "out of memory");
	else
		request->headers = longer;
	return longer != NULL;
}

/* Adds "name: value" as it is. */
static bool
request_add_plain(Request *request, const char *name, const char *value, Failure *failure)
{
	Buf			line;
	bool		ok;

	buf_init(&line, REQUEST_HEADER_MAX);
	ok = buf_printf(&line, "%s: %s", name, value);
	if (!ok)
		failure_set(failure, "header \"%s\" is too long", name);
	ok = ok && request_add_line(request, line.data, failure);
	buf_free(&line);
	return ok;
}

/* Adds "name: value" with the value's credentials filled in; the line is wiped afterwards. */
static bool
request_add_filled(Request *request, const char *name, const char *value,
				   const CredentialPlace *place, Failure *failure)
{
	Buf			line;
	bool		ok;

	buf_init(&line, REQUEST_HEADER_MAX);
	ok = buf_printf(&line, "%s: ", name);
	if (!ok)
		failure_set(failure, "header \"%s\" is too long", name);
	ok = ok && template_header(value, place, &line, failure) &&
		request_add_line(request, line.data, failure);
	explicit_bzero(line.data, line.len);
	buf_free(&line);
	return ok;
}

static bool
request_url(Request *request, const Job *job, Failure *failure)
{
	const Operation *operation = &job->operation;
	Slice		input = {job->input, strlen(job->input)};
	size_t		len = strlen(operation->base_url);

	while (len > 0 && operation->base_url[len - 1] == '/')
		len--;
	if (!buf_append(&request->url, operation->base_url, len))
	{
		failure_set(failure, "the base URL is too long");
		return false;
	}
	return template_path(operation->path, input, &request->url, failure);
}

static bool
request_body(Request *request, const Job *job, Failure *failure)
{
	const Operation *operation = &job->operation;
	Slice		input = {job->input, strlen(job->input)};

	if (operation->body == OPERATION_BODY_TEMPLATE)
		return template_body(operation->body_template, input, &request->body, failure);
	if (operation->body == OPERATION_BODY_INPUT &&
		!buf_append(&request->body, input.text, input.len))
	{
		failure_set(failure, "the request is too large");
		return false;
	}
	return true;
}

static bool
request_names_type(const Operation *operation)
{
	const char *name;
	json_t	   *value;

	json_object_foreach(operation->headers, name, value)
	{
		if (strcasecmp(name, "Content-Type") == 0)
			return true;
	}
	return false;
}

/* The trace goes out as it came, in two headers. */
static bool
request_trace(Request *request, const char *context, Failure *failure)
{
	char		parent[TRACE_TEXT_SIZE];
	const char *state = strchr(context, ' ');

	(void) snprintf(parent, sizeof(parent), "%s", context);
	return request_add_plain(request, "traceparent", parent, failure) &&
		(state == NULL || request_add_plain(request, "tracestate", state + 1, failure));
}

/*
 * Headers that go with every request.  "Expect:" and the like take curl's own away.  The key and
 * the trace are not templates: they hold names that others chose.
 */
static bool
request_own_headers(Request *request, const Job *job, Failure *failure)
{
	const Operation *operation = &job->operation;
	const char *type = operation->body != OPERATION_BODY_NONE ?
		"Content-Type: application/json" : "Content-Type:";

	if (!request_add_line(request, REQUEST_AGENT, failure) ||
		!request_add_line(request, "Expect:", failure))
		return false;
	if (!request_names_type(operation) && !request_add_line(request, type, failure))
		return false;
	if (operation->idempotency_header != NULL && job->idempotency_key != NULL &&
		!request_add_plain(request, operation->idempotency_header, job->idempotency_key, failure))
		return false;
	return job->traceparent == NULL || request_trace(request, job->traceparent, failure);
}

bool
request_build(Request *request, const Job *job, int credentials_fd, Failure *failure)
{
	CredentialPlace place = {credentials_fd, job->tenant_id, ""};
	const char *name;
	json_t	   *value;

	request->headers = NULL;
	buf_init(&request->url, REQUEST_URL_MAX);
	buf_init(&request->body, REQUEST_BODY_MAX);

	if (!request_url(request, job, failure) ||
		!request_body(request, job, failure) ||
		!request_own_headers(request, job, failure))
		return false;
	place.url = request->url.data;
	json_object_foreach(job->operation.headers, name, value)
	{
		if (!request_add_filled(request, name, json_string_value(value), &place, failure))
			return false;
	}
	return true;
}

void
request_free(Request *request)
{
	for (struct curl_slist *line = request->headers; line != NULL; line = line->next)
		explicit_bzero(line->data, strlen(line->data));
	curl_slist_free_all(request->headers);
	request->headers = NULL;
	buf_free(&request->url);
	buf_free(&request->body);
}

bool
request_apply(const Request *request, const Operation *operation, CURL *easy)
{
	bool		bodiless = operation->body == OPERATION_BODY_NONE;
	bool		ok;

	ok = curl_easy_setopt(easy, CURLOPT_URL, request->url.data) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers) == CURLE_OK;
	if (strcmp(operation->method, "HEAD") == 0)
		return ok && curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;

	/* Only these two may go without a Content-Length: every other method says 0. */
	if (bodiless && (strcmp(operation->method, "GET") == 0 ||
					 strcmp(operation->method, "DELETE") == 0))
		ok = ok && curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	else
		ok = ok &&
			curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
			curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data) == CURLE_OK &&
			curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
							 (curl_off_t) request->body.len) == CURLE_OK;
	return ok && curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, operation->method) == CURLE_OK;
}
