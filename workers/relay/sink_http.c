/*
 * sink_http.c: an HTTP endpoint that takes CloudEvents.
 *
 * One connection, kept open, one request at a time: that keeps the order.  Redirects are not
 * followed and the answer's body is not read beyond what curl needs.  A request's trace goes before
 * the header fields that all have, in list cells that live as long as the request.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/sink_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "relay/sink_trace.h"

#define SINK_HTTP_CONNECT_MS 3000L
#define SINK_HTTP_HEADER_MAX 8192
#define SINK_HTTP_TYPE "Content-Type: application/cloudevents+json; charset=utf-8"

typedef struct SinkHttp
{
	Sink		sink;
	CURL	   *easy;
	struct curl_slist *headers; /* of every request */
	char		error[CURL_ERROR_SIZE];
} SinkHttp;

static size_t
sink_http_ignore(char *bytes, size_t size, size_t n, void *userdata)
{
	(void) bytes;
	(void) userdata;
	return size * n;
}

static bool
sink_http_add_header(SinkHttp *http, const char *line)
{
	struct curl_slist *longer = curl_slist_append(http->headers, line);

	if (longer != NULL)
		http->headers = longer;
	return longer != NULL;
}

static bool
sink_http_headers(SinkHttp *http, const char *token)
{
	Buf			line;
	bool		ok;

	if (!sink_http_add_header(http, SINK_HTTP_TYPE) || !sink_http_add_header(http, "Expect:"))
		return false;
	if (token == NULL)
		return true;
	buf_init(&line, SINK_HTTP_HEADER_MAX);
	ok = buf_printf(&line, "Authorization: Bearer %s", token) &&
		sink_http_add_header(http, line.data);
	explicit_bzero(line.data, line.len);
	buf_free(&line);
	return ok;
}

static bool
sink_http_setup(SinkHttp *http, const SinkHttpSettings *settings)
{
	CURL	   *easy = http->easy;

	return easy != NULL && sink_http_headers(http, settings->token) &&
		curl_easy_setopt(easy, CURLOPT_URL, settings->url) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, SINK_HTTP_CONNECT_MS) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) settings->timeout_ms) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, sink_http_ignore) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error) == CURLE_OK &&
		(settings->ca_file == NULL ||
		 curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file) == CURLE_OK);
}

/* One request with these header fields. */
static CURLcode
sink_http_post(SinkHttp *http, const char *event, size_t len, struct curl_slist *headers)
{
	CURLcode	code = curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, event);

	http->error[0] = '\0';
	if (code == CURLE_OK)
		code = curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) len);
	if (code == CURLE_OK)
		code = curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
	if (code == CURLE_OK)
		code = curl_easy_perform(http->easy);
	(void) curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers);
	return code;
}

static CURLcode
sink_http_post_traced(SinkHttp *http, const char *event, size_t len, const Trace *along)
{
	char		parent[sizeof("traceparent: ") + TRACE_TEXT_SIZE] = "traceparent: ";
	char		state[sizeof("tracestate: ") + sizeof(along->state)];
	struct curl_slist second = {.data = state, .next = http->headers};
	struct curl_slist first = {.data = parent, .next = &second};

	if (along->trace_id[0] == '\0')
		return sink_http_post(http, event, len, http->headers);
	trace_text(along, parent + strlen(parent));
	(void) snprintf(state, sizeof(state), "tracestate: %s", along->state);
	if (along->state[0] == '\0')
		first.next = http->headers;
	return sink_http_post(http, event, len, &first);
}

static bool
sink_http_deliver(Sink *sink, const char *event, size_t len, Failure *failure)
{
	SinkHttp   *http = (SinkHttp *) sink;
	json_t	   *parsed = event_parse(event, len, failure);
	SinkTrace	trace;
	Trace		along;
	CURLcode	code;
	long		status = 0;
	bool		ok;

	if (parsed == NULL)
		return false;
	sink_trace_begin(&trace, parsed, &along);
	json_decref(parsed);
	code = sink_http_post_traced(http, event, len, &along);
	(void) curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	ok = code == CURLE_OK && status >= 200 && status <= 299;
	if (code != CURLE_OK)
		failure_set(failure, "%s", http->error[0] != '\0' ? http->error : curl_easy_strerror(code));
	else if (!ok)
		failure_set(failure, "HTTP status %ld", status);
	sink_trace_end(&trace, ok ? NULL : code != CURLE_OK ? curl_easy_strerror(code) : failure->message,
				   (OtlpAttribute) {"http.response.status_code", NULL, status}, (OtlpAttribute) {0});
	return ok;
}

/* An answer of 2xx was all there is to wait for. */
static bool
sink_http_nothing(Sink *sink, Failure *failure)
{
	(void) sink;
	(void) failure;
	return true;
}

static void
sink_http_close(Sink *sink)
{
	SinkHttp   *http = (SinkHttp *) sink;

	curl_easy_cleanup(http->easy);
	for (struct curl_slist *line = http->headers; line != NULL; line = line->next)
		explicit_bzero(line->data, strlen(line->data));
	curl_slist_free_all(http->headers);
	free(http);
	curl_global_cleanup();
}

Sink *
sink_http_open(const SinkHttpSettings *settings, Failure *failure)
{
	static const SinkKind kind = {
		sink_http_deliver, sink_http_nothing, sink_http_nothing, sink_http_close
	};
	SinkHttp   *http = calloc(1, sizeof(*http));

	failure_set(failure, "could not start libcurl");
	if (http == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		free(http);
		return NULL;
	}
	http->sink.kind = &kind;
	http->easy = curl_easy_init();
	if (!sink_http_setup(http, settings))
	{
		sink_http_close(&http->sink);
		return NULL;
	}
	return &http->sink;
}
