/*
 * response.h: the bytes of an HTTP/1.1 response.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_RESPONSE_H
#define SIDECAR_RESPONSE_H

#include "common/buf.h"
#include "span.h"

typedef struct Reply
{
	int			status;
	const char *content_type;	/* NULL: no body */
	Span		body;
	const char *headers;		/* more header lines, each with its end; "" when none */
	bool		close;
} Reply;

/* The phrase of a status. */
extern const char *response_phrase(int status);

/* head_only leaves the body out but says how long it would be. */
extern bool response_write(const Reply *reply, bool must_close, bool head_only,
						   Buf *out) MUST_CHECK;

/* The head of an answer whose body ends with the connection. */
extern bool response_begin(const char *content_type, Buf *out) MUST_CHECK;

#endif							/* SIDECAR_RESPONSE_H */
