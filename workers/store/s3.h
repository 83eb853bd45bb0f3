/*
 * s3.h: requests to an S3 object store, one at a time on one connection.
 *
 * A request names a bucket by path (ENDPOINT/BUCKET/KEY).  A failure to reach the store, and an
 * answer of 5xx, have SQLSTATE 08006: the same request may succeed later.  Any other answer is the
 * caller's to judge.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_S3_H
#define STORE_S3_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/failure.h"
#include "store/sigv4.h"

/* of an answer: leaves of one meta leaf, and a page of a listing, are smaller */
#define S3_BODY_MAX ((size_t) 256 * 1024 * 1024)
#define S3_HEADERS_MAX 65536
#define S3_VALUE_SIZE 1100		/* a version id has 1024 bytes at most */

/* The strings are the caller's and must stay valid while the connection is open. */
typedef struct S3Settings
{
	const char *endpoint;		/* http://HOST[:PORT] or https://… */
	const char *region;
	const char *bucket;
	const char *access_key;
	const char *secret_key;
	const char *ca_file;		/* NULL: the system's */
} S3Settings;

typedef struct S3 S3;

typedef struct S3Request
{
	const char *method;
	const char *key;			/* NULL: the bucket */
	const SigField *query;
	size_t		n_query;
	const SigField *headers;	/* beside the signature's own */
	size_t		n_headers;
	const void *body;
	size_t		len;
} S3Request;

typedef struct S3Reply
{
	long		status;
	Buf			headers;
	Buf			body;
} S3Reply;

extern S3  *s3_open(const S3Settings *settings, Failure *failure) MUST_CHECK;
extern void s3_close(S3 *s3);

/* The reply is to be freed, whatever comes of the request. */
extern bool s3_call(S3 *s3, const S3Request *request, S3Reply *reply, Failure *failure) MUST_CHECK;
extern void s3_reply_free(S3Reply *reply);

/* A header of the answer, by its name in any case; false when it has none, or a longer one. */
extern bool s3_header(const S3Reply *reply, const char *name, char value[S3_VALUE_SIZE]) MUST_CHECK;

/* Fills failure with what the store answered. */
extern bool s3_unexpected(const S3Request *request, const S3Reply *reply, Failure *failure);

#endif							/* STORE_S3_H */
