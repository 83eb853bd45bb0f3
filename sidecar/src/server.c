/*
 * server.c: the running program.
 *
 * Start: loop, lanes (they connect by themselves), catalogue (asked for until it comes), listeners.
 * The ready line is printed once, when there is a catalogue and a connection in each lane.  SIGHUP
 * reads keys and catalogue again.  SIGTERM drains: the API's listener closes, requests that run
 * are answered, then the loop stops; the admin's listener stays until the end, so that /ready
 * says 503 meanwhile.
 *
 * Server owns everything and lives for the whole of server_run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/exporter.h"
#include "common/log.h"
#include "common/ready.h"
#include "common/sigs.h"
#include "common/telemetry.h"
#include "h_admin.h"
#include "listener.h"
#include "maxima.h"
#include "reload.h"
#include "route.h"
#include "sidecar_metrics.h"

#define PROGRAM "portarium-sidecar"
#define ADMIN_CONNECTIONS 64
#define READY_POLL_MS 20
#define MEASURE_MS 5000
#define TIMERS_OF_ITS_OWN 16	/* lanes, reload, drain, ready */

typedef struct Server
{
	Service		service;		/* first: a Service that comes back is the Server */
	Listener	api;
	Listener	admin;
	ConnRules	api_rules;
	ConnRules	admin_rules;
	Reload		reload;
	Watch		signals;
	Timer		ready_timer;
	Timer		drain_timer;
	Timer		measure_timer;
	bool		announced;		/* or soon will be */
} Server;

static void
admin_refused(Conn *conn, int status, const char *reason)
{
	Reply		reply = {status, "text/plain", span_of(reason), "", true};

	conn_reply(conn, &reply);
}

/* Answers of the admin's listener are given at once: nobody can leave meanwhile. */
static void
admin_gone(Conn *conn)
{
	conn->request = NULL;
}

static void
admin_closed(Conn *conn)
{
	Server	   *server = conn->rules->service;

	listener_forget(&server->admin, conn);
}

static void
api_closed(Conn *conn)
{
	Server	   *server = conn->rules->service;

	listener_forget(&server->api, conn);
	server->service.connections = server->api.count;
	if (server->service.draining && server->api.count == 0)
		server->service.loop.stop = true;
}

/* Lanes may still be connecting when the catalogue is there. */
static void
announce(void *owner)
{
	Server	   *server = owner;
	Loop	   *loop = &server->service.loop;
	char		api[80];
	char		admin[80];
	char		text[256];

	if (!service_ready(&server->service))
	{
		timer_set(&loop->timers, &server->ready_timer, loop->now_ms + READY_POLL_MS);
		return;
	}
	if (!listener_address(&server->api, api, sizeof(api)) ||
		!listener_address(&server->admin, admin, sizeof(admin)))
		return;
	snprintf(text, sizeof(text), "http://%s admin http://%s", api, admin);
	ready_line(PROGRAM, text);
}

static void
on_loaded(Service *service)
{
	Server	   *server = (Server *) service;

	if (!server->announced)
		announce(server);
	server->announced = true;
}

/* For the exporter, which asks nobody; whoever asks the admin's listener has it done at once. */
static void
measure(void *owner)
{
	Server	   *server = owner;
	Loop	   *loop = &server->service.loop;

	h_admin_measure(&server->service);
	timer_set(&loop->timers, &server->measure_timer, loop->now_ms + MEASURE_MS);
}

static void
drain_over(void *owner)
{
	Server	   *server = owner;

	log_warn("drain timeout: requests are abandoned", log_number("connections",
																 server->api.count));
	server->service.loop.stop = true;
}

static void
begin_drain(Server *server)
{
	Service    *service = &server->service;

	if (service->draining)
		return;
	log_info("draining", log_number("connections", server->api.count));
	service->draining = true;
	timer_unset(&service->loop.timers, &server->ready_timer);
	listener_drain(&server->api);
	if (server->api.count == 0)
		service->loop.stop = true;
	else
		timer_set(&service->loop.timers, &server->drain_timer,
				  service->loop.now_ms + service->settings.drain_ms);
}

static void
on_signal(void *owner, uint32_t events)
{
	Server	   *server = owner;
	int			number;

	(void) events;
	while ((number = sigs_next(server->signals.fd)) != 0)
	{
		if (number == SIGHUP)
		{
			reload_keys(&server->reload);
			reload_catalog(&server->reload);
		}
		else
			begin_drain(server);
	}
}

static void
fill_rules(Server *server)
{
	const Settings *settings = &server->service.settings;
	ConnRules	rules = {
		.header_ms = settings->header_ms,
		.body_ms = settings->body_ms,
		.idle_ms = settings->idle_ms,
		.body_max = (size_t) settings->body_max,
		.service = server,
	};

	server->api_rules = server->admin_rules = rules;
	server->api_rules.request = route_request;
	server->api_rules.refused = route_refused;
	server->api_rules.gone = route_gone;
	server->api_rules.closed = api_closed;
	server->admin_rules.body_max = 0;
	server->admin_rules.request = h_admin;
	server->admin_rules.refused = admin_refused;
	server->admin_rules.gone = admin_gone;
	server->admin_rules.closed = admin_closed;
}

static bool
open_listeners(Server *server, Failure *failure)
{
	const Settings *settings = &server->service.settings;

	fill_rules(server);
	server->api.max = settings->connections_max;
	server->api.max_per_address = settings->connections_per_address;
	server->admin.max = server->admin.max_per_address = ADMIN_CONNECTIONS;
	return listener_open(&server->api, &server->service.loop, &server->api_rules,
						 settings->listen, failure) &&
		listener_open(&server->admin, &server->service.loop, &server->admin_rules,
					  settings->admin_listen, failure);
}

static bool
open_signals(Server *server, Failure *failure)
{
	int			fd = sigs_open(false, failure);

	server->signals = (Watch) {-1, 0, on_signal, server};
	return fd >= 0 && loop_watch(&server->service.loop, &server->signals, fd, EPOLLIN);
}

/* Every connection has a timer and so has every pipeline and every stream. */
static size_t
count_timers(const Settings *settings)
{
	int			count = settings->connections_max + settings->read.connections +
		settings->write.connections + settings->slow.connections;

	return (size_t) count + pools_timers(settings) + LIMIT_STREAMS + ADMIN_CONNECTIONS +
		TIMERS_OF_ITS_OWN;
}

static bool
open_all(Server *server, const char *config_path, Failure *failure)
{
	Service    *service = &server->service;

	server->ready_timer = (Timer) {0, 0, announce, server};
	server->drain_timer = (Timer) {0, 0, drain_over, server};
	server->measure_timer = (Timer) {0, 0, measure, server};
	if (!loop_open(&service->loop, count_timers(&service->settings), failure))
		return false;
	service->quota.max = service->settings.tenant_in_flight;
	service->streams.max = service->settings.tenant_streams;
	if (!identities_open(&service->identities, LIMIT_JWT_CACHE))
	{
		failure_set(failure, "out of memory");
		return false;
	}
	if (!open_signals(server, failure) ||
		!telemetry_start(PROGRAM, &service->settings.telemetry, sidecar_metrics(), failure) ||
		!open_listeners(server, failure) ||
		!pool_open_home(&service->home, &service->loop, &service->settings, failure))
		return false;
	pools_init(&service->pools, &service->loop, &service->settings);
	reload_init(&server->reload, service, config_path, on_loaded);
	reload_catalog(&server->reload);
	if (exporter_is_on())
		measure(server);
	return true;
}

static void
close_all(Server *server)
{
	Service    *service = &server->service;

	listener_close(&server->api);
	listener_close(&server->admin);
	pools_close(&service->pools);
	pool_close(&service->home);
	identities_close(&service->identities);
	catalog_free(service->catalog);
	close(server->signals.fd);
	loop_close(&service->loop);
	settings_free(&service->settings);
}

bool
server_run(Settings *settings, const char *config_path, Failure *failure)
{
	static Server server;

	server.service.settings = *settings;
	if (!open_all(&server, config_path, failure))
		return false;
	loop_run(&server.service.loop);
	close_all(&server);
	telemetry_stop();
	log_info("stopped");
	return true;
}
