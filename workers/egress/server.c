/*
 * server.c: the proxy's socket and its connections.
 *
 * A thread for each connection: they wait for the world, not for each other, and each is a short
 * story that reads from its beginning to its end.  Who may connect is the mode of the socket: its
 * owner and its group.
 *
 * lock guards the count of connections; calm is signalled when one ends.  On SIGTERM nobody new is
 * let in, and what is under way may end within the drain time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/ready.h"
#include "common/sigs.h"
#include "common/telemetry.h"
#include "egress/attempt.h"
#include "egress/egress_metrics.h"
#include "egress/record.h"

#define SERVER_BACKLOG 512
#define SERVER_STACK 262144

typedef struct Server
{
	AttemptPlan plan;
	int			listen_fd;
	int			signals_fd;
	pthread_attr_t thread;
	pthread_mutex_t lock;
	pthread_cond_t calm;
	int			connections;
} Server;

typedef struct ServerVisit
{
	Server	   *server;
	int			client_fd;
} ServerVisit;

static void
server_leave(Server *server)
{
	(void) pthread_mutex_lock(&server->lock);
	server->connections--;
	egress_metrics_connections(server->connections);
	(void) pthread_cond_signal(&server->calm);
	(void) pthread_mutex_unlock(&server->lock);
}

static bool
server_enter(Server *server)
{
	bool		room;

	(void) pthread_mutex_lock(&server->lock);
	room = server->connections < server->plan.settings->connections;
	server->connections += room;
	egress_metrics_connections(server->connections);
	(void) pthread_mutex_unlock(&server->lock);
	return room;
}

static void *
server_visit(void *argument)
{
	ServerVisit visit = *(ServerVisit *) argument;

	free(argument);
	attempt_serve(&visit.server->plan, visit.client_fd);
	server_leave(visit.server);
	return NULL;
}

static void
server_accept(Server *server)
{
	int			client_fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	ServerVisit *visit;
	pthread_t	thread;

	if (client_fd < 0)
		return;
	if (!server_enter(server))
	{
		egress_metrics_declined();
		attempt_decline(client_fd);
		return;
	}
	visit = malloc(sizeof(*visit));
	if (visit != NULL)
	{
		*visit = (ServerVisit) {server, client_fd};
		if (pthread_create(&thread, &server->thread, server_visit, visit) == 0)
			return;
		free(visit);
	}
	server_leave(server);
	attempt_decline(client_fd);
}

/* A socket that an earlier proxy left is in the way; one that still answers is not ours to take. */
static bool
server_listen(Server *server, const char *path, Failure *failure)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
	{
		failure_set(failure, "the path of the socket is too long");
		return false;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	server->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->listen_fd >= 0 &&
		connect(server->listen_fd, (void *) &address, sizeof(address)) == 0)
		errno = EADDRINUSE;
	else if (server->listen_fd >= 0)
	{
		(void) unlink(path);
		if (bind(server->listen_fd, (void *) &address, sizeof(address)) == 0 &&
			chmod(path, 0660) == 0 && listen(server->listen_fd, SERVER_BACKLOG) == 0)
			return true;
	}
	failure_set(failure, "could not listen on \"%s\": %s", path, strerror(errno));
	return false;
}

static void
server_loop(Server *server)
{
	struct pollfd fds[2] = {{server->signals_fd, POLLIN, 0}, {server->listen_fd, POLLIN, 0}};
	int			signal_number = 0;

	while (signal_number != SIGTERM && signal_number != SIGINT)
	{
		if (poll(fds, 2, -1) > 0 && fds[1].revents != 0)
			server_accept(server);
		signal_number = sigs_next(server->signals_fd);
	}
}

static void
server_drain(Server *server)
{
	struct timespec until;
	int			status = 0;

	(void) clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += server->plan.settings->drain_ms / 1000;
	(void) pthread_mutex_lock(&server->lock);
	while (server->connections > 0 && status == 0)
		status = pthread_cond_timedwait(&server->calm, &server->lock, &until);
	log_info("stopped", log_number("connections_cut", server->connections));
	(void) pthread_mutex_unlock(&server->lock);
}

static bool
server_open(Server *server, Failure *failure)
{
	const ProxySettings *settings = server->plan.settings;

	(void) pthread_mutex_init(&server->lock, NULL);
	(void) pthread_cond_init(&server->calm, NULL);
	(void) pthread_attr_init(&server->thread);
	(void) pthread_attr_setdetachstate(&server->thread, PTHREAD_CREATE_DETACHED);
	(void) pthread_attr_setstacksize(&server->thread, SERVER_STACK);
	failure_set(failure, "out of memory");
	server->plan.rules = rules_create(&settings->target, settings->cache_ms);
	server->signals_fd = server->plan.rules != NULL ? sigs_open(false, failure) : -1;
	return server->signals_fd >= 0 &&
		telemetry_start("portarium-egress", &settings->telemetry, egress_metrics(), failure) &&
		record_open(settings->events, &server->plan.events_fd, failure) &&
		rules_check(server->plan.rules, failure) &&
		server_listen(server, settings->socket, failure);
}

bool
server_run(const ProxySettings *settings, Failure *failure)
{
	/* Threads that the drain has cut still use it, up to the end of the process. */
	static Server server;
	bool		opened;

	server.plan.settings = settings;
	server.listen_fd = -1;
	opened = server_open(&server, failure);
	if (opened)
	{
		ready_line("portarium-egress", settings->socket);
		server_loop(&server);
		(void) close(server.listen_fd);
		(void) unlink(settings->socket);
		server_drain(&server);
	}
	telemetry_stop();
	return opened;
}
