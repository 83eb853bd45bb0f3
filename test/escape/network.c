/*
 * network.c: ways out over sockets.
 *
 * Each tries to reach a server that is really there, so that "held" never means "nobody answered";
 * only the addresses of the cloud's metadata and of the world are judged by the error.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt.h"

#define NETWORK_WAIT_MS 300

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* Connects; a connection that is only slow counts as one, because packets left. */
static bool
network_connects(int fd, const void *address, socklen_t len)
{
	struct pollfd wait = {fd, POLLOUT, 0};
	int			error = 0;
	socklen_t	error_len = sizeof(error);

	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return false;
	if (connect(fd, address, len) == 0)
		return true;
	if (errno != EINPROGRESS)
		return false;
	if (poll(&wait, 1, NETWORK_WAIT_MS) == 0)
		return true;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len) == 0 &&
		(error == 0 || error == ECONNREFUSED);
}

static struct sockaddr_in
network_ipv4(const char *text, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};

	(void) inet_pton(AF_INET, text, &address.sin_addr);
	return address;
}

static bool
network_tcp4(const char *text, int port, int protocol)
{
	const struct sockaddr_in address = network_ipv4(text, port);

	return network_connects(socket(AF_INET, SOCK_STREAM, protocol), &address, sizeof(address));
}

static bool
network_tcp6(const char *text, int port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t) port)};

	(void) inet_pton(AF_INET6, text, &address.sin6_addr);
	return network_connects(socket(AF_INET6, SOCK_STREAM, 0), &address, sizeof(address));
}

static bool
escape_tcp(const Outside *outside)
{
	return network_tcp4("127.0.0.1", outside->port, 0);
}

static bool
escape_tcp_ipv6(const Outside *outside)
{
	return network_tcp6("::1", outside->port);
}

static bool
escape_tcp_mapped(const Outside *outside)
{
	return network_tcp6("::ffff:127.0.0.1", outside->port);
}

static bool
escape_mptcp(const Outside *outside)
{
	return network_tcp4("127.0.0.1", outside->port, IPPROTO_MPTCP);
}

static bool
escape_fast_open(const Outside *outside)
{
	const struct sockaddr_in address = network_ipv4("127.0.0.1", outside->port);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && sendto(fd, "x", 1, MSG_FASTOPEN, (const void *) &address,
							 sizeof(address)) == 1;
}

static bool
escape_listen(const Outside *outside)
{
	const struct sockaddr_in address = network_ipv4("0.0.0.0", 0);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	(void) outside;
	return fd >= 0 && bind(fd, (const void *) &address, sizeof(address)) == 0 && listen(fd, 1) == 0;
}

static bool
escape_udp(const Outside *outside)
{
	const struct sockaddr_in address = network_ipv4("127.0.0.1", outside->port);
	int			fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd >= 0 && sendto(fd, "x", 1, 0, (const void *) &address, sizeof(address)) == 1;
}

/* The standard library's way, whatever the resolver is. */
static bool
escape_dns(const Outside *outside)
{
	const struct sockaddr_in address = network_ipv4("127.0.0.53", 53);
	int			fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	(void) outside;
	return fd >= 0 && connect(fd, (const void *) &address, sizeof(address)) == 0 &&
		send(fd, "x", 1, 0) == 1;
}

static bool
escape_metadata(const Outside *outside)
{
	(void) outside;
	return network_tcp4("169.254.169.254", 80, 0);
}

static bool
escape_world(const Outside *outside)
{
	(void) outside;
	return network_tcp4("192.0.2.1", 443, 0);
}

static bool
escape_netlink(const Outside *outside)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int			fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	(void) outside;
	return fd >= 0 && bind(fd, (void *) &address, sizeof(address)) == 0;
}

static bool
escape_raw(const Outside *outside)
{
	(void) outside;
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0;
}

static bool
escape_ping(const Outside *outside)
{
	(void) outside;
	return socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) >= 0;
}

static bool
escape_vsock(const Outside *outside)
{
	(void) outside;
	return socket(AF_VSOCK, SOCK_STREAM, 0) >= 0;
}

static bool
escape_socket(const Outside *outside)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void) snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/socket", outside->directory);
	return network_connects(socket(AF_UNIX, SOCK_STREAM, 0), &address, sizeof(address));
}

static bool
escape_abstract(const Outside *outside)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t		len = strlen(outside->abstract);

	memcpy(address.sun_path + 1, outside->abstract, len);
	return network_connects(socket(AF_UNIX, SOCK_STREAM, 0), &address,
							(socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + len));
}

const Attempt attempts_network[] = {
	{"TCP to the loopback", escape_tcp}, {"TCP over IPv6", escape_tcp_ipv6},
	{"TCP to a mapped address", escape_tcp_mapped}, {"TCP to the world", escape_world},
	{"cloud metadata", escape_metadata}, {"MPTCP", escape_mptcp},
	{"TCP fast open", escape_fast_open}, {"listen on TCP", escape_listen},
	{"UDP", escape_udp}, {"DNS", escape_dns}, {"ping socket", escape_ping},
	{"raw socket", escape_raw}, {"netlink", escape_netlink}, {"vsock", escape_vsock},
	{"a service's socket", escape_socket}, {"abstract socket", escape_abstract}
};

const size_t attempts_network_n = sizeof(attempts_network) / sizeof(attempts_network[0]);
