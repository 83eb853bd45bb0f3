/*
 * request.h: what a job sends over HTTP: URL, headers, body.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_REQUEST_H
#define EXECUTOR_REQUEST_H

#include <stdbool.h>

#include <curl/curl.h>

#include "common/buf.h"
#include "executor/job.h"

#define REQUEST_URL_MAX 8192
#define REQUEST_HEADER_MAX 16384
#define REQUEST_BODY_MAX 16777216

typedef struct Request
{
	Buf			url;
	Buf			body;
	struct curl_slist *headers;
} Request;

/* Builds the request; after a failure it must be freed as well. */
extern bool request_build(Request *request, const Job *job, int credentials_fd,
						  Failure *failure) MUST_CHECK;
extern void request_free(Request *request);

/* Gives method, URL, headers and body to curl, which keeps pointers into the request. */
extern bool request_apply(const Request *request, const Operation *operation,
						  CURL *easy) MUST_CHECK;

#endif							/* EXECUTOR_REQUEST_H */
