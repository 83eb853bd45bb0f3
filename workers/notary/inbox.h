/*
 * inbox.h: HTTP for one kind of request: a small text that is posted, and a small text back.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_INBOX_H
#define NOTARY_INBOX_H

#include "common/buf.h"

#define INBOX_HEAD_MAX 8192
#define INBOX_BODY_MAX 65536

typedef struct InboxAnswer
{
	int			status;
	const char *content_type;
	Buf			body;			/* to be freed by who asked */
} InboxAnswer;

/* Gives an answer to the body of a request. */
typedef void (*InboxHandle) (const char *body, InboxAnswer *answer, void *context);

/* Takes one connection, reads "POST path", answers, and closes it. */
extern void inbox_serve(int listen_fd, const char *path, InboxHandle handle, void *context);

#endif							/* NOTARY_INBOX_H */
