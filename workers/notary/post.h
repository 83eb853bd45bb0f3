/*
 * post.h: one HTTP request with a body.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_POST_H
#define NOTARY_POST_H

#include "common/buf.h"

typedef struct PostRequest
{
	const char *url;
	const char *content_type;	/* the whole header line */
	const void *body;
	size_t		len;
} PostRequest;

/* Appends the answer's body; false when none came within some seconds. */
extern bool post(const PostRequest *request, Buf *answer, long *status) MUST_CHECK;

#endif							/* NOTARY_POST_H */
