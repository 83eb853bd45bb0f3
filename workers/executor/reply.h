/*
 * reply.h: what came back over HTTP, and what it means.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_REPLY_H
#define EXECUTOR_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "executor/operation.h"
#include "executor/outcome.h"

#define REPLY_HEADER_MAX 1024

/* The headers that an output shows; a header's text is empty when it was not sent. */
typedef enum ReplyHeader
{
	REPLY_CONTENT_TYPE,
	REPLY_LOCATION,
	REPLY_ETAG,
	REPLY_RETRY_AFTER,
	REPLY_HEADERS
} ReplyHeader;

typedef struct Reply
{
	Buf			body;			/* its maximum is the operation's */
	bool		too_large;
	char		headers[REPLY_HEADERS][REPLY_HEADER_MAX];
} Reply;

extern void reply_init(Reply *reply, size_t max_bytes);
extern void reply_free(Reply *reply);

/* Takes one raw header line; a status line forgets the headers before it. */
extern void reply_header(Reply *reply, const char *line, size_t len);

/* Takes a piece of the body; false once it is larger than allowed. */
extern bool reply_body(Reply *reply, const char *bytes, size_t len) MUST_CHECK;

/* What a whole reply with this status means. */
extern void reply_outcome(const Reply *reply, const Operation *operation, int status,
						  Outcome *outcome);

#endif							/* EXECUTOR_REPLY_H */
