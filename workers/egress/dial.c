/*
 * dial.c: from a host's name to a connection.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/dial.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/egress.h"

static bool
dial_same(const struct sockaddr *one, const struct sockaddr *other)
{
	if (other == NULL || one->sa_family != other->sa_family)
		return false;
	if (one->sa_family == AF_INET)
		return ((const struct sockaddr_in *) one)->sin_addr.s_addr ==
			((const struct sockaddr_in *) other)->sin_addr.s_addr;
	return one->sa_family == AF_INET6 &&
		memcmp(&((const struct sockaddr_in6 *) one)->sin6_addr,
			   &((const struct sockaddr_in6 *) other)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

/* A public address may be this machine's own; what listens here is not the world. */
static bool
dial_is_own(const struct sockaddr *address, const struct ifaddrs *own)
{
	for (; own != NULL; own = own->ifa_next)
	{
		if (dial_same(address, own->ifa_addr))
			return true;
	}
	return false;
}

static void
dial_text(const struct sockaddr *address, char text[INET6_ADDRSTRLEN])
{
	const void *bytes = address->sa_family == AF_INET
		? (const void *) &((const struct sockaddr_in *) address)->sin_addr
		: (const void *) &((const struct sockaddr_in6 *) address)->sin6_addr;

	if (inet_ntop(address->sa_family, bytes, text, INET6_ADDRSTRLEN) == NULL)
		text[0] = '\0';
}

/* Judges every address; the first that may not be reached is named. */
static bool
dial_judge(const DialPlan *plan, const struct addrinfo *found, DialResult *result, Failure *failure)
{
	struct ifaddrs *own = NULL;
	bool		good = plan->private_allowed || getifaddrs(&own) == 0;

	for (; good && found != NULL; found = found->ai_next)
	{
		good = egress_allowed(found->ai_addr,
							  plan->private_allowed) && !dial_is_own(found->ai_addr, own);
		if (!good)
			dial_text(found->ai_addr, result->address);
	}
	freeifaddrs(own);
	result->refused = !good;
	if (!good)
		failure_set(failure, "an address of the host may not be reached");
	return good;
}

/* Waits for a connection that is under way; its error, 0 when it stands. */
static int
dial_wait(int fd, int timeout_ms)
{
	struct pollfd wait = {fd, POLLOUT, 0};
	int			error = 0;
	socklen_t	len = sizeof(error);

	if (poll(&wait, 1, timeout_ms) <= 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

static int
dial_connect(const struct addrinfo *to, int timeout_ms, Failure *failure)
{
	int			fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	const int	on = 1;
	int			error = 0;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
		connect(fd, to->ai_addr, to->ai_addrlen) != 0)
		error = errno;
	if (error == EINPROGRESS)
		error = dial_wait(fd, timeout_ms);
	if (error == 0)
		return fd;
	failure_set(failure, "could not connect: %s", strerror(error));
	if (fd >= 0)
		(void) close(fd);
	return -1;
}

bool
dial(const DialPlan *plan, DialResult *result, Failure *failure)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
	struct addrinfo *found = NULL;
	char		port[16];
	int			status;

	*result = (DialResult) {.fd = -1};
	(void) snprintf(port, sizeof(port), "%d", plan->port);
	status = getaddrinfo(plan->host, port, &hints, &found);
	if (status != 0)
	{
		failure_set(failure, "could not resolve the host: %s", gai_strerror(status));
		return false;
	}
	if (dial_judge(plan, found, result, failure))
	{
		for (const struct addrinfo *to = found; to != NULL && result->fd < 0; to = to->ai_next)
		{
			dial_text(to->ai_addr, result->address);
			result->fd = dial_connect(to, plan->timeout_ms, failure);
		}
	}
	freeaddrinfo(found);
	return result->fd >= 0;
}
