/*
 * request.c: what a job sends over HTTP: URL, headers, body.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/request.h"

#include <string.h>

#include "executor/template.h"

#define REQUEST_AGENT "User-Agent: portarium-executor"

static bool
request_add_line(Request *request, const char *line, Failure *failure)
{
	struct curl_slist *longer = curl_slist_append(request->headers, line);

	if (longer == NULL)
	{
		failure_set(failure, "out of memory");
		return false;
	}
	request->headers = longer;
	return true;
}

/* Adds "name: value" with the value's credentials filled in; the line is wiped afterwards. */
static bool
request_add_header(Request *request, const char *name, const char *value, int credentials_fd,
				   Failure *failure)
{
	Buf			line;
	bool		ok;

	buf_init(&line, REQUEST_HEADER_MAX);
	if (!buf_printf(&line, "%s: ", name))
	{
		failure_set(failure, "header \"%s\" is too long", name);
		ok = false;
	}
	else
		ok = template_header(value, credentials_fd, &line, failure) &&
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

/* Headers that go with every request.  "Expect:" and the like take curl's own away. */
static bool
request_own_headers(Request *request, const Job *job, Failure *failure)
{
	const Operation *operation = &job->operation;
	const char *type = operation->body != OPERATION_BODY_NONE ?
		"Content-Type: application/json" : "Content-Type:";

	if (!request_add_line(request, REQUEST_AGENT, failure) ||
		!request_add_line(request, "Expect:", failure))
		return false;
	if (json_object_get(operation->headers, "Content-Type") == NULL &&
		!request_add_line(request, type, failure))
		return false;
	if (operation->idempotency_header != NULL && job->idempotency_key != NULL &&
		!request_add_header(request, operation->idempotency_header, job->idempotency_key, -1,
							failure))
		return false;
	return job->traceparent == NULL ||
		request_add_header(request, "traceparent", job->traceparent, -1, failure);
}

bool
request_build(Request *request, const Job *job, int credentials_fd, Failure *failure)
{
	const char *name;
	json_t	   *value;

	request->headers = NULL;
	buf_init(&request->url, REQUEST_URL_MAX);
	buf_init(&request->body, REQUEST_BODY_MAX);

	if (!request_url(request, job, failure) ||
		!request_body(request, job, failure) ||
		!request_own_headers(request, job, failure))
		return false;
	json_object_foreach(job->operation.headers, name, value)
	{
		if (!request_add_header(request, name, json_string_value(value), credentials_fd, failure))
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
