/*
 * probe.c: the health check of images without a shell.
 *
 *	portarium-probe http PORT PATH		the program answers GET PATH on 127.0.0.1 with 200
 *	portarium-probe linked PORT			the container holds a connection to a server at PORT, or to a UNIX socket
 *
 * A daemon that serves no requests is well when it has its database; its connection is looked for
 * in the kernel's tables of sockets, which show this container's only, so that nothing is added to
 * the daemon and nothing asks the database every few seconds.  The tables do not say whose socket
 * a UNIX connection leads to: one to the egress proxy counts too.  Exit status 0 is well, 1 is
 * not, 2 is a wrong call.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TCP_ESTABLISHED_STATE 1
#define UNIX_CONNECTED_STATE 3

static bool
answers(int port, const char *path)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
	struct timeval patience = {.tv_sec = 2};
	char		request[512];
	char		answer[16] = "";
	int			length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n"
								  "Connection: close\r\n\r\n", path);
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool		fine;

	if (fd < 0 || length < 0 || (size_t) length >= sizeof(request))
		return false;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fine = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
		connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0 &&
		write(fd, request, (size_t) length) == length &&
		recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) == (ssize_t) sizeof(answer) - 1 &&
		strncmp(answer, "HTTP/1.1 200", 12) == 0;
	(void) close(fd);
	return fine;
}

/*
 * One line of /proc/net/tcp, tcp6 or unix: does it tell of such a connection?  A UNIX socket with
 * a path is the server's end.
 */
static bool
tells_of(const char *line, bool is_unix, int port)
{
	unsigned int remote;
	unsigned int state;
	char		path[2];

	if (is_unix)
		return sscanf(line, "%*s %*s %*s %*s %*s %x %*u %1s", &state, path) == 1 &&
			state == UNIX_CONNECTED_STATE;
	return sscanf(line, "%*d: %*s %*[^:]:%x %x", &remote, &state) == 2 &&
		remote == (unsigned int) port && state == TCP_ESTABLISHED_STATE;
}

static bool
table_has(const char *path, bool is_unix, int port)
{
	FILE	   *table = fopen(path, "r");
	char		line[512];
	bool		found = false;

	if (table == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), table) != NULL)
		found = tells_of(line, is_unix, port);
	(void) fclose(table);
	return found;
}

static bool
is_linked(int port)
{
	return table_has("/proc/net/tcp", false, port) || table_has("/proc/net/tcp6", false, port) ||
		table_has("/proc/net/unix", true, port);
}

int
main(int argc, char **argv)
{
	long		port = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

	if (port > 0 && port < 65536 && argc == 4 && strcmp(argv[1], "http") == 0)
		return answers((int) port, argv[3]) ? 0 : 1;
	if (port > 0 && port < 65536 && argc == 3 && strcmp(argv[1], "linked") == 0)
		return is_linked((int) port) ? 0 : 1;
	(void) fputs("usage: portarium-probe http PORT PATH | linked PORT\n", stderr);
	return 2;
}
