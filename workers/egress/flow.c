/*
 * flow.c: bytes that go to and fro.
 *
 * One buffer: what was read from one side is written to the other before anything else is read, so
 * a slow reader slows its writer down.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/flow.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLOW_BYTES 65536

bool
flow_send(int fd, const char *bytes, size_t len, int idle_ms)
{
	while (len > 0)
	{
		struct pollfd wait = {fd, POLLOUT, 0};
		ssize_t		sent = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN && poll(&wait, 1, idle_ms) > 0)
			continue;
		if (sent < 0 && errno != EINTR)
			return false;
		if (sent > 0)
		{
			bytes += sent;
			len -= (size_t) sent;
		}
	}
	return true;
}

long
flow_receive(int fd, char *bytes, size_t max, int idle_ms)
{
	struct pollfd wait = {fd, POLLIN, 0};

	if (poll(&wait, 1, idle_ms) <= 0)
		return -1;
	return recv(fd, bytes, max, 0);
}

/* One direction's end of the pipe, by the side that is read. */
typedef struct FlowWay
{
	int			from;
	int			to;
	int64_t    *left;
	int64_t    *count;
	bool		open;
} FlowWay;

/* Moves what is there; NULL, or why it ends. */
static const char *
flow_move(FlowWay *way, int idle_ms)
{
	char		bytes[FLOW_BYTES];
	ssize_t		got = recv(way->from, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? NULL : "the connection broke";
	if (got == 0)
	{
		way->open = false;
		(void) shutdown(way->to, SHUT_WR);
		return NULL;
	}
	if (*way->left >= 0 && (*way->left -= got) < 0)
		return "too many bytes";
	if (!flow_send(way->to, bytes, (size_t) got, idle_ms))
		return "the connection broke";
	*way->count += got;
	return NULL;
}

const char *
flow_run(Flow *flow)
{
	FlowWay		ways[2] = {
		{flow->client_fd, flow->upstream_fd, &flow->up_left, &flow->up, true},
		{flow->upstream_fd, flow->client_fd, &flow->down_left, &flow->down, true},
	};
	const char *reason = NULL;

	while (reason == NULL && (ways[0].open || ways[1].open))
	{
		struct pollfd fds[2] = {
			{ways[0].open ? ways[0].from : -1, POLLIN, 0}, {ways[1].open ? ways[1].from : -1,
															POLLIN, 0}
		};
		int			ready = poll(fds, 2, flow->idle_ms);

		if (ready == 0)
			return "idle for too long";
		for (int i = 0; i < 2 && reason == NULL; i++)
		{
			if (ready > 0 && fds[i].revents != 0)
				reason = flow_move(&ways[i], flow->idle_ms);
		}
	}
	return reason;
}
