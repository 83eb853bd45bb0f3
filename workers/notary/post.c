/*
 * post.c: one HTTP request with a body.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/post.h"

#include <curl/curl.h>

#define POST_TIMEOUT_MS 10000L

static size_t
post_receive(char *bytes, size_t size, size_t n, void *userdata)
{
	return buf_append(userdata, bytes, size * n) ? size * n : 0;
}

static bool
post_send(CURL *easy, struct curl_slist *headers, const PostRequest *request, Buf *answer,
		  long *status)
{
	return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long) request->len) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, POST_TIMEOUT_MS) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, post_receive) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer) == CURLE_OK &&
		curl_easy_perform(easy) == CURLE_OK &&
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status) == CURLE_OK;
}

bool
post(const PostRequest *request, Buf *answer, long *status)
{
	CURL	   *easy = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, request->content_type);
	const bool	ok = easy != NULL && headers != NULL &&
		post_send(easy, headers, request, answer, status);

	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	return ok;
}
