/*
 * s3.c: requests to an S3 object store, one at a time on one connection.
 *
 * Order of a request: the body is hashed, the headers are collected and signed (sigv4.c), and sent
 * exactly as they were signed.  curl's own signing is not used: its versions disagree about queries.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/s3.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/base64.h"
#include "common/digest.h"
#include "common/hex.h"
#include "store/xml.h"

#define S3_CONNECT_MS 5000L
#define S3_TIMEOUT_MS 60000L
#define S3_URL_MAX 8192

struct S3
{
	S3Settings	settings;
	SigKey		key;
	CURL	   *easy;
	char		error[CURL_ERROR_SIZE];
};

/* What is sent, as it is collected. */
typedef struct S3Sending
{
	Buf			path;
	Buf			query;
	Buf			url;
	char		time[SIGV4_TIME_SIZE];
	char		hash[2 * DIGEST_SIZE + 1];
	char		checksum[BASE64_TEXT_SIZE(DIGEST_SIZE)];
	SigField	headers[SIGV4_FIELDS_MAX];
	size_t		n_headers;
	struct curl_slist *lines;
} S3Sending;

S3 *
s3_open(const S3Settings *settings, Failure *failure)
{
	S3		   *s3 = calloc(1, sizeof(*s3));

	failure_set(failure, "could not start libcurl");
	if (s3 == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		free(s3);
		return NULL;
	}
	s3->settings = *settings;
	s3->key = (SigKey) {settings->access_key, settings->secret_key, settings->region, "s3"};
	s3->easy = curl_easy_init();
	if (s3->easy != NULL)
		return s3;
	s3_close(s3);
	return NULL;
}

void
s3_close(S3 *s3)
{
	if (s3 == NULL)
		return;
	curl_easy_cleanup(s3->easy);
	curl_global_cleanup();
	free(s3);
}

void
s3_reply_free(S3Reply *reply)
{
	buf_free(&reply->headers);
	buf_free(&reply->body);
}

static size_t
s3_receive(char *bytes, size_t size, size_t n, void *userdata)
{
	return buf_append(userdata, bytes, size * n) ? size * n : 0;
}

static bool
s3_add_line(S3Sending *sending, const char *name, const char *value)
{
	struct curl_slist *longer;
	Buf			line;
	bool		ok;

	buf_init(&line, S3_HEADERS_MAX);
	ok = buf_printf(&line, *value != '\0' ? "%s: %s" : "%s:", name, value);
	longer = ok ? curl_slist_append(sending->lines, line.data) : NULL;
	buf_free(&line);
	if (longer != NULL)
		sending->lines = longer;
	return longer != NULL;
}

/* The host as curl names it: without a scheme, and so that a port is said only when it is given. */
static const char *
s3_host(const S3 *s3)
{
	const char *scheme_end = strstr(s3->settings.endpoint, "://");

	return scheme_end != NULL ? scheme_end + 3 : s3->settings.endpoint;
}

static bool
s3_address(const S3 *s3, const S3Request *request, S3Sending *sending)
{
	return buf_printf(&sending->path, "/%s", s3->settings.bucket) &&
		(request->key == NULL ||
		 (buf_char(&sending->path, '/') && sigv4_encode(&sending->path, request->key, true))) &&
		sigv4_query(&sending->query, request->query, request->n_query) &&
		buf_printf(&sending->url, "%s%s%s%s", s3->settings.endpoint, sending->path.data,
				   request->n_query > 0 ? "?" : "", sending->query.data);
}

/* Time and hashes, and the headers that are signed. */
static bool
s3_collect(const S3 *s3, const S3Request *request, S3Sending *sending)
{
	const time_t now = time(NULL);
	unsigned char digest[DIGEST_SIZE];
	struct tm	utc;
	size_t		n = 0;

	if (request->n_headers > SIGV4_FIELDS_MAX - 4 || gmtime_r(&now, &utc) == NULL ||
		!digest_sha256(request->body != NULL ? request->body : "", request->len, digest))
		return false;
	(void) strftime(sending->time, sizeof(sending->time), "%Y%m%dT%H%M%SZ", &utc);
	hex_encode(digest, DIGEST_SIZE, sending->hash);
	(void) base64_encode(BASE64_STANDARD, digest, DIGEST_SIZE, sending->checksum);
	sending->headers[n++] = (SigField) {"host", s3_host(s3)};
	sending->headers[n++] = (SigField) {"x-amz-content-sha256", sending->hash};
	sending->headers[n++] = (SigField) {"x-amz-date", sending->time};
	if (request->len > 0)
		sending->headers[n++] = (SigField) {"x-amz-checksum-sha256", sending->checksum};
	for (size_t i = 0; i < request->n_headers; i++)
		sending->headers[n++] = request->headers[i];
	sending->n_headers = n;
	return true;
}

static bool
s3_sign(const S3 *s3, const S3Request *request, S3Sending *sending, Failure *failure)
{
	const SigRequest to_sign = {
		request->method, sending->path.data, sending->query.data, sending->headers,
		sending->n_headers, sending->hash
	};
	Buf			authorization;
	bool		ok;

	buf_init(&authorization, SIGV4_TEXT_MAX);
	ok = sigv4_sign(&s3->key, &to_sign, sending->time, &authorization, failure) &&
		 s3_add_line(sending, "Authorization", authorization.data);
	for (size_t i = 0; ok && i < sending->n_headers; i++)
		ok = s3_add_line(sending, sending->headers[i].name, sending->headers[i].value);
	/* what curl would add by itself */
	ok = ok && s3_add_line(sending, "Expect", "") && s3_add_line(sending, "Accept", "") &&
		 s3_add_line(sending, "Content-Type", "");
	buf_free(&authorization);
	return ok;
}

static bool
s3_method(CURL *easy, const S3Request *request)
{
	if (strcmp(request->method, "HEAD") == 0)
		return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
	if (strcmp(request->method, "GET") == 0)
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->len) ==
		   CURLE_OK &&
		   curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
							request->body != NULL ? request->body : "") == CURLE_OK &&
		   curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
}

static bool
s3_setup(S3 *s3, const S3Request *request, S3Sending *sending, S3Reply *reply)
{
	CURL	   *easy = s3->easy;

	curl_easy_reset(easy);
	return s3_method(easy, request) &&
		curl_easy_setopt(easy, CURLOPT_URL, sending->url.data) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, sending->lines) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, S3_CONNECT_MS) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, S3_TIMEOUT_MS) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, s3_receive) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply->body) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, s3_receive) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, &reply->headers) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s3->error) == CURLE_OK &&
		(s3->settings.ca_file == NULL ||
		 curl_easy_setopt(easy, CURLOPT_CAINFO, s3->settings.ca_file) == CURLE_OK);
}

static bool
s3_perform(S3 *s3, S3Reply *reply, Failure *failure)
{
	CURLcode	code;

	s3->error[0] = '\0';
	code = curl_easy_perform(s3->easy);
	if (code != CURLE_OK)
	{
		failure_set_sqlstate(failure, "08006", "could not reach object store \"%s\": %s",
							 s3->settings.endpoint,
							 s3->error[0] != '\0' ? s3->error : curl_easy_strerror(code));
		return false;
	}
	(void) curl_easy_getinfo(s3->easy, CURLINFO_RESPONSE_CODE, &reply->status);
	if (reply->status < 500)
		return true;
	failure_set_sqlstate(failure, "08006", "object store \"%s\" answered %ld",
						 s3->settings.endpoint, reply->status);
	return false;
}

bool
s3_call(S3 *s3, const S3Request *request, S3Reply *reply, Failure *failure)
{
	S3Sending	sending = {.lines = NULL};
	bool		ok;

	reply->status = 0;
	buf_init(&reply->headers, S3_HEADERS_MAX);
	buf_init(&reply->body, S3_BODY_MAX);
	buf_init(&sending.path, S3_URL_MAX);
	buf_init(&sending.query, S3_URL_MAX);
	buf_init(&sending.url, S3_URL_MAX);
	failure_set(failure, "could not set up a request to the object store");
	ok = s3_address(s3, request, &sending) && s3_collect(s3, request, &sending) &&
		 s3_sign(s3, request, &sending, failure) && s3_setup(s3, request, &sending, reply) &&
		 s3_perform(s3, reply, failure);
	curl_slist_free_all(sending.lines);
	buf_free(&sending.path);
	buf_free(&sending.query);
	buf_free(&sending.url);
	return ok;
}

bool
s3_header(const S3Reply *reply, const char *name, char value[S3_VALUE_SIZE])
{
	const size_t len = strlen(name);

	for (const char *line = reply->headers.data; *line != '\0';)
	{
		const size_t line_len = strcspn(line, "\r\n");

		if (line_len > len && strncasecmp(line, name, len) == 0 && line[len] == ':')
		{
			const size_t skip = len + 1 + strspn(line + len + 1, " ");
			const size_t value_len = skip < line_len ? line_len - skip : 0;

			if (value_len >= S3_VALUE_SIZE)
				return false;
			memcpy(value, line + skip, value_len);
			value[value_len] = '\0';
			return true;
		}
		line += line_len + strspn(line + line_len, "\r\n");
	}
	return false;
}

bool
s3_unexpected(const S3Request *request, const S3Reply *reply, Failure *failure)
{
	char		code[S3_VALUE_SIZE];

	if (!xml_value(reply->body.data, reply->body.data + reply->body.len, "Code", code,
				   sizeof(code)))
		code[0] = '\0';
	failure_set(failure, "object store answered %ld %s to %s \"%s\"", reply->status, code,
				request->method, request->key != NULL ? request->key : "");
	return false;
}
