/*
 * sigv4.h: AWS Signature Version 4 in a header, as S3 wants it.
 *
 * S3's rules: the path is encoded once and not normalised; the hash of the payload is a header of
 * its own and signed with the others.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_SIGV4_H
#define STORE_SIGV4_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/failure.h"

/* parameters of a query, headers of a request */
#define SIGV4_FIELDS_MAX 16
#define SIGV4_TEXT_MAX 16384
/* "20150830T123600Z" and its NUL */
#define SIGV4_TIME_SIZE 17

typedef struct SigField
{
	const char *name;			/* of a header: in lower case */
	const char *value;
} SigField;

typedef struct SigKey
{
	const char *access;
	const char *secret;
	const char *region;
	const char *service;
} SigKey;

typedef struct SigRequest
{
	const char *method;
	const char *path;			/* as it is sent: encoded */
	const char *query;			/* as it is sent: sigv4_query's */
	const SigField *headers;	/* all that are to be signed, in any order */
	size_t		n_headers;
	const char *payload_hash;	/* in hex */
} SigRequest;

/* Appends a text with all but unreserved characters encoded; a slash stays in a path. */
extern bool sigv4_encode(Buf *buf, const char *text, bool path) MUST_CHECK;

/* Appends a query, encoded and then sorted by name and value. */
extern bool sigv4_query(Buf *buf, const SigField *fields, size_t n_fields) MUST_CHECK;

/* Appends the value of the Authorization header. */
extern bool sigv4_sign(const SigKey *key, const SigRequest *request,
					   const char time[SIGV4_TIME_SIZE], Buf *authorization,
					   Failure *failure) MUST_CHECK;

#endif							/* STORE_SIGV4_H */
