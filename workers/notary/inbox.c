/*
 * inbox.c: HTTP for one kind of request.
 *
 * One connection at a time, some seconds for each, then it is closed: for one caller that asks once in a
 * while.  Whoever opens this to strangers puts a proxy before it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"

#define INBOX_MS 5000
#define INBOX_BLOCK 4096

/* Appends what comes until there are so many bytes, or an empty line when want is 0. */
static bool
inbox_read(int fd, Buf *request, size_t want, int64_t give_up_ms)
{
	char		block[INBOX_BLOCK];

	while (want > 0 ? request->len < want : strstr(request->data, "\r\n\r\n") == NULL)
	{
		const ssize_t n = recv(fd, block, sizeof(block), 0);

		if (n <= 0 || clock_ms() > give_up_ms || !buf_append(request, block, (size_t) n))
			return false;
	}
	return true;
}

/* The value of Content-Length in the head, 0 when there is none or it is not a number. */
static size_t
inbox_length(const char *head)
{
	static const char name[] = "\r\ncontent-length:";
	const char *found = strcasestr(head, name);
	char	   *end;
	unsigned long value;

	if (found == NULL)
		return 0;
	value = strtoul(found + sizeof(name) - 1, &end, 10);
	return *end == '\r' ? value : 0;
}

/* Reads all of a request; the status that refuses it, or 0 and where its body starts. */
static int
inbox_request(int fd, const char *path, Buf *request, size_t *body_at)
{
	const int64_t give_up_ms = clock_ms() + INBOX_MS;
	const size_t path_len = strlen(path);
	size_t		len;

	if (!inbox_read(fd, request, 0, give_up_ms))
		return 400;
	if (strncmp(request->data, "POST ", 5) != 0 || strncmp(request->data + 5, path, path_len) != 0 ||
		request->data[5 + path_len] != ' ')
		return 404;
	*body_at = (size_t) (strstr(request->data, "\r\n\r\n") - request->data) + 4;
	len = inbox_length(request->data);
	if (len == 0 || len > INBOX_BODY_MAX)
		return len == 0 ? 411 : 413;
	if (!inbox_read(fd, request, *body_at + len, give_up_ms))
		return 400;
	/* a NUL in it would hide what is behind */
	return request->len == *body_at + len && strlen(request->data) == request->len ? 0 : 400;
}

static void
inbox_send(int fd, const char *bytes, size_t len)
{
	while (len > 0)
	{
		const ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;				/* whoever asked is gone, or does not read */
		bytes += n;
		len -= (size_t) n;
	}
}

static void
inbox_answer(int fd, const InboxAnswer *answer)
{
	char		head[256];
	const int	len = snprintf(head, sizeof(head), "HTTP/1.1 %d -\r\nContent-Type: %s\r\n"
							   "Content-Length: %zu\r\nConnection: close\r\n\r\n", answer->status,
							   answer->content_type, answer->body.len);

	if (len > 0 && (size_t) len < sizeof(head))
	{
		inbox_send(fd, head, (size_t) len);
		inbox_send(fd, answer->body.data, answer->body.len);
	}
}

void
inbox_serve(int listen_fd, const char *path, InboxHandle handle, void *context)
{
	const struct timeval limit = {INBOX_MS / 1000, 0};
	InboxAnswer answer = {.content_type = "text/plain"};
	const int	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	size_t		body_at = 0;
	Buf			request;

	if (fd < 0)
		return;
	(void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	buf_init(&request, INBOX_HEAD_MAX + INBOX_BODY_MAX);
	buf_init(&answer.body, INBOX_BODY_MAX);
	answer.status = inbox_request(fd, path, &request, &body_at);
	if (answer.status == 0)
		handle(request.data + body_at, &answer, context);
	inbox_answer(fd, &answer);
	buf_free(&answer.body);
	buf_free(&request);
	(void) close(fd);
}
