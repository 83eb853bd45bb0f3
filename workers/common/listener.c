/*
 * listener.c: a listening socket.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/listener.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENER_BACKLOG 16

int
listener_open(const char *listen_on, Failure *failure)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(listen_on, ':');
	char		host[64] = "";
	struct addrinfo *found = NULL;
	const int	on = 1;
	int			fd = -1;

	failure_set(failure, "\"%s\" is not ADDRESS:PORT", listen_on);
	if (colon == NULL || (size_t) (colon - listen_on) >= sizeof(host))
		return -1;
	memcpy(host, listen_on, (size_t) (colon - listen_on));
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, LISTENER_BACKLOG) != 0)
	{
		failure_set(failure, "could not listen on \"%s\": %s", listen_on, strerror(errno));
		if (fd >= 0)
			(void) close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}
