/*
 * listener.c: a listening socket and the connections that came in by it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "sidecar_metrics.h"

#define BACKLOG 1024
#define ACCEPT_BURST 64			/* then others get their turn */

/* IPv4 addresses are kept in their IPv6 form. */
static struct in6_addr
address_of(const struct sockaddr_storage *peer)
{
	struct in6_addr address = {{{0}}};

	if (peer->ss_family == AF_INET6)
		return ((const struct sockaddr_in6 *) peer)->sin6_addr;
	address.s6_addr[10] = address.s6_addr[11] = 0xFF;
	memcpy(&address.s6_addr[12], &((const struct sockaddr_in *) peer)->sin_addr, 4);
	return address;
}

static int
count_address(const Listener *listener, const struct in6_addr *address)
{
	int			count = 0;

	for (const Conn *conn = listener->first; conn != NULL; conn = conn->next)
		count += memcmp(&conn->address, address, sizeof(*address)) == 0;
	return count;
}

static void
adopt(Listener *listener, int fd, const struct sockaddr_storage *peer)
{
	struct in6_addr address = address_of(peer);
	int			on = 1;
	Conn	   *conn;

	if (listener->count >= listener->max ||
		count_address(listener, &address) >= listener->max_per_address)
	{
		sidecar_metrics_count(SIDECAR_CONNECTION_REFUSED);
		close(fd);
		return;
	}
	(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn = conn_open(listener->loop, listener->rules, fd, address);
	if (conn == NULL)
		return;
	sidecar_metrics_count(SIDECAR_CONNECTION_ACCEPTED);
	listener->count++;
	conn->next = listener->first;
	if (conn->next != NULL)
		conn->next->previous = conn;
	listener->first = conn;
}

void
listener_forget(Listener *listener, Conn *conn)
{
	if (conn->previous != NULL)
		conn->previous->next = conn->next;
	else
		listener->first = conn->next;
	if (conn->next != NULL)
		conn->next->previous = conn->previous;
	listener->count--;
}

/* Out of descriptors: take the client with the spare one and turn it away, else it would wait. */
static void
turn_away(Listener *listener)
{
	int			fd;

	close(listener->spare_fd);
	fd = accept(listener->fd, NULL, NULL);
	if (fd >= 0)
		close(fd);
	listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sidecar_metrics_count(SIDECAR_CONNECTION_REFUSED);
	log_warn("a connection was refused: out of file descriptors");
}

static void
on_ready(void *owner, uint32_t events)
{
	Listener   *listener = owner;

	(void) events;
	for (int i = 0; i < ACCEPT_BURST; i++)
	{
		struct sockaddr_storage peer = {0};
		socklen_t	len = sizeof(peer);
		int			fd = accept4(listener->fd, (struct sockaddr *) &peer, &len,
								 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			adopt(listener, fd, &peer);
		else if (errno == EMFILE || errno == ENFILE)
			turn_away(listener);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

/* host:port, [host]:port */
static struct addrinfo *
resolve(const char *address, Failure *failure)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	const char *colon = strrchr(address, ':');
	char		host[256];
	int			len = colon == NULL ? 0 : (int) (colon - address);
	bool		bracket = len > 2 && address[0] == '[' && address[len - 1] == ']';
	int			code;

	snprintf(host, sizeof(host), "%.*s", bracket ? len - 2 : len, address + bracket);
	code = colon == NULL ? EAI_SERVICE :
		getaddrinfo(len > 0 ? host : NULL, colon + 1, &hints, &found);
	if (code != 0)
		failure_set(failure, "\"%s\" is not host:port: %s", address, gai_strerror(code));
	return code != 0 ? NULL : found;
}

static int
bind_socket(const struct addrinfo *address)
{
	int			fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int			on = 1;

	if (fd >= 0 &&
		(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		 bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0))
	{
		close(fd);
		return -1;
	}
	return fd;
}

bool
listener_open(Listener *listener, Loop *loop, const ConnRules *rules, const char *address,
			  Failure *failure)
{
	struct addrinfo *found = resolve(address, failure);

	if (found == NULL)
		return false;
	listener->loop = loop;
	listener->rules = rules;
	listener->watch = (Watch) {-1, 0, on_ready, listener};
	listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	listener->fd = bind_socket(found);
	freeaddrinfo(found);
	if (listener->fd < 0 || !loop_watch(loop, &listener->watch, listener->fd, EPOLLIN))
	{
		failure_set(failure, "could not listen on \"%s\": %s", address, strerror(errno));
		return false;
	}
	return true;
}

bool
listener_address(const Listener *listener, char *text, size_t size)
{
	struct sockaddr_storage bound = {0};
	socklen_t	len = sizeof(bound);
	char		host[64];
	char		port[8];

	if (getsockname(listener->fd, (struct sockaddr *) &bound, &len) != 0 ||
		getnameinfo((struct sockaddr *) &bound, len, host, sizeof(host), port, sizeof(port),
					NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return false;
	snprintf(text, size, bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	return true;
}

void
listener_drain(Listener *listener)
{
	loop_forget(listener->loop, &listener->watch);
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
	for (Conn *conn = listener->first, *next; conn != NULL; conn = next)
	{
		next = conn->next;
		conn_drain(conn);
	}
}

void
listener_close(Listener *listener)
{
	listener_drain(listener);
	while (listener->first != NULL)
		conn_close(listener->first);
	close(listener->spare_fd);
}
