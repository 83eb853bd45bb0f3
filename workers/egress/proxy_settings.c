/*
 * proxy_settings.c: how the egress proxy is told what to do.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/proxy_settings.h"

#include <string.h>

static const ConfItem proxy_items[] = {
	{"DATABASE_URL", "", false, "Connection string of the database; empty: libpq's environment."},
	{"DATABASE_PASSWORD", NULL, true, "Password for it."},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
	TELEMETRY_SETTINGS,
	{"EGRESS_SOCKET", NULL, false, "Path of the UNIX socket that clients connect to."},
	{"EGRESS_IDENTITY", "", false, "TENANT/ADAPTER of every client; empty: each says its own."},
	{"EGRESS_PRIVATE", "", false, "Hosts that may have private addresses, separated by commas."},
	{"EGRESS_EVENTS", "", false, "File to which one CloudEvent an attempt is appended."},
	{"EGRESS_CONNECTIONS", "512", false, "Connections at the same time."},
	{"EGRESS_CACHE_MS", "3000", false, "How long an answer of the control plane is good."},
	{"EGRESS_CONNECT_MS", "3000", false, "Time limit for a connection."},
	{"EGRESS_REQUEST_MS", "5000", false, "Time limit for a client's request and TLS greeting."},
	{"EGRESS_IDLE_MS", "60000", false, "How long a connection may be silent."},
	{"EGRESS_RESPONSE_MAX_MB", "0", false, "Largest response of a connection; 0: any."},
	{"EGRESS_DRAIN_SECONDS", "10", false, "How long connections may go on after SIGTERM."},
};

#define PROXY_ITEMS (sizeof(proxy_items) / sizeof(proxy_items[0]))

static bool
proxy_settings_texts(ProxySettings *settings, Failure *failure)
{
	const Conf *conf = settings->conf;
	const char *identity = conf_value(conf, "EGRESS_IDENTITY");

	settings->target.conninfo = conf_value(conf, "DATABASE_URL");
	settings->target.password = conf_value(conf, "DATABASE_PASSWORD");
	settings->target.application = "portarium-egress";
	settings->telemetry.listen = conf_value(conf, "METRICS_LISTEN");
	settings->socket = conf_value(conf, "EGRESS_SOCKET");
	settings->events = conf_value(conf, "EGRESS_EVENTS");
	settings->private_hosts = conf_value(conf, "EGRESS_PRIVATE");
	if (!log_level_parse(conf_value(conf, "LOG_LEVEL"), &settings->log_level))
		failure_set(failure, "setting \"LOG_LEVEL\" must be debug, info, warn or error");
	else if (settings->socket == NULL || settings->socket[0] == '\0')
		failure_set(failure, "setting \"EGRESS_SOCKET\" must name a socket");
	else if (identity[0] != '\0' &&
			 !demand_identity(identity, strlen(identity), &settings->identity))
		failure_set(failure,
					"setting \"EGRESS_IDENTITY\" must be a tenant's id, a slash and an adapter");
	else
		return true;
	return false;
}

bool
proxy_settings_load(ProxySettings *settings, const char *file, Failure *failure)
{
	int			response_mb;
	int			drain_seconds;

	memset(settings, 0, sizeof(*settings));
	settings->conf = conf_load(proxy_items, PROXY_ITEMS, file, failure);
	if (settings->conf != NULL &&
		proxy_settings_texts(settings, failure) &&
		telemetry_read(settings->conf, &settings->telemetry, failure) &&
		conf_int(settings->conf, "EGRESS_CONNECTIONS", 1, 4096, &settings->connections, failure) &&
		conf_int(settings->conf, "EGRESS_CACHE_MS", 0, 60000, &settings->cache_ms, failure) &&
		conf_int(settings->conf, "EGRESS_CONNECT_MS", 1, 600000, &settings->connect_ms, failure) &&
		conf_int(settings->conf, "EGRESS_REQUEST_MS", 1, 600000, &settings->request_ms, failure) &&
		conf_int(settings->conf, "EGRESS_IDLE_MS", 1, 3600000, &settings->idle_ms, failure) &&
		conf_int(settings->conf, "EGRESS_RESPONSE_MAX_MB", 0, 1048576, &response_mb, failure) &&
		conf_int(settings->conf, "EGRESS_DRAIN_SECONDS", 0, 3600, &drain_seconds, failure))
	{
		settings->response_max = (int64_t) response_mb * 1048576;
		settings->drain_ms = drain_seconds * 1000;
		return true;
	}
	proxy_settings_free(settings);
	return false;
}

void
proxy_settings_free(ProxySettings *settings)
{
	conf_free(settings->conf);
	settings->conf = NULL;
}

void
proxy_settings_help(FILE *out)
{
	conf_help(proxy_items, PROXY_ITEMS, out);
}
