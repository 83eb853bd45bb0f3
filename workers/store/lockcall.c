/*
 * lockcall.c: requests that change the lock of one version of an object, or delete it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/lockcall.h"

#include <stdio.h>
#include <string.h>

#define LOCKCALL_BODY_MAX 512
#define LOCKCALL_XMLNS "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

static const SigField bypass_header[] = {{"x-amz-bypass-governance-retention", "true"}};

static bool
lockcall(S3 *s3, S3Request *request, bool bypass, long *status, Failure *failure)
{
	S3Reply		reply;
	bool		ok;

	request->headers = bypass_header;
	request->n_headers = bypass ? 1 : 0;
	ok = s3_call(s3, request, &reply, failure);
	*status = reply.status;
	s3_reply_free(&reply);
	return ok;
}

bool
lockcall_retain(S3 *s3, const char *key, const char *id, const char *mode, const char *until,
				bool bypass, long *status, Failure *failure)
{
	const SigField query[] = {{"retention", ""}, {"versionId", id}};
	char		body[LOCKCALL_BODY_MAX];
	S3Request	request = {
		.method = "PUT", .key = key, .query = query, .n_query = 2, .body = body
	};

	request.len = (size_t) snprintf(
		body, sizeof(body), "<Retention " LOCKCALL_XMLNS "><Mode>%s</Mode>"
		"<RetainUntilDate>%s</RetainUntilDate></Retention>", mode, until);
	return lockcall(s3, &request, bypass, status, failure);
}

bool
lockcall_hold(S3 *s3, const char *key, const char *id, bool on, long *status, Failure *failure)
{
	const SigField query[] = {{"legal-hold", ""}, {"versionId", id}};
	const char *body = on ? "<LegalHold " LOCKCALL_XMLNS "><Status>ON</Status></LegalHold>" :
		"<LegalHold " LOCKCALL_XMLNS "><Status>OFF</Status></LegalHold>";
	S3Request	request = {
		.method = "PUT", .key = key, .query = query, .n_query = 2, .body = body,
		.len = strlen(body)
	};

	return lockcall(s3, &request, false, status, failure);
}

bool
lockcall_delete(S3 *s3, const char *key, const char *id, bool bypass, long *status,
				Failure *failure)
{
	const SigField query[] = {{"versionId", id}};
	S3Request	request = {.method = "DELETE", .key = key, .query = query, .n_query = 1};

	return lockcall(s3, &request, bypass, status, failure);
}
