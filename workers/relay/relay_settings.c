/*
 * relay_settings.c: how the relay is told what to do.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/relay_settings.h"

#include <string.h>

static const ConfItem relay_items[] = {
	{"DATABASE_URL", "", false, "Connection string; empty: libpq's environment."},
	{"DATABASE_PASSWORD", NULL, true, "Password for it."},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
	{"RELAY_NAME", "default", false, "The sink's name; each has a cursor of its own."},
	{"RELAY_SINK", "", false, "file:PATH or an HTTP URL; empty: nothing is delivered."},
	{"RELAY_TOKEN", NULL, true, "Bearer token for an HTTP sink."},
	{"RELAY_CA", NULL, false, "File of trusted authorities; else the system's."},
	{"RELAY_TIMEOUT_MS", "10000", false, "Time limit for one HTTP delivery."},
	{"RELAY_BATCH", "500", false, "Events that are read at a time."},
	{"RELAY_INTERVAL_MS", "500", false, "Pause when there is nothing to deliver."},
	{"TICK", "off", false, "on: calls portarium.tick() once a second."},
};

#define RELAY_ITEMS (sizeof(relay_items) / sizeof(relay_items[0]))

static bool
relay_settings_sink(RelaySettings *settings, Failure *failure)
{
	const char *sink = conf_value(settings->conf, "RELAY_SINK");

	if (strncmp(sink, "file:", 5) == 0 && sink[5] != '\0')
		settings->file = sink + 5;
	else if (strncmp(sink, "http://", 7) == 0 || strncmp(sink, "https://", 8) == 0)
		settings->http.url = sink;
	else if (sink[0] != '\0')
	{
		failure_set(failure, "setting \"RELAY_SINK\" must be file:PATH or an HTTP URL");
		return false;
	}
	else if (!settings->tick)
	{
		failure_set(failure, "there is nothing to do: give \"RELAY_SINK\", or \"TICK\" on");
		return false;
	}
	settings->http.token = conf_value(settings->conf, "RELAY_TOKEN");
	settings->http.ca_file = conf_value(settings->conf, "RELAY_CA");
	return true;
}

static bool
relay_settings_read(RelaySettings *settings, Failure *failure)
{
	const Conf *conf = settings->conf;

	settings->target.conninfo = conf_value(conf, "DATABASE_URL");
	settings->target.password = conf_value(conf, "DATABASE_PASSWORD");
	settings->target.application = "portarium-relay";
	settings->name = conf_value(conf, "RELAY_NAME");

	if (!log_level_parse(conf_value(conf, "LOG_LEVEL"), &settings->log_level))
	{
		failure_set(failure, "setting \"LOG_LEVEL\" must be debug, info, warn or error");
		return false;
	}
	return conf_int(conf, "RELAY_TIMEOUT_MS", 1, 600000, &settings->http.timeout_ms, failure) &&
		conf_int(conf, "RELAY_BATCH", 1, 10000, &settings->batch, failure) &&
		conf_int(conf, "RELAY_INTERVAL_MS", 10, 60000, &settings->interval_ms, failure) &&
		conf_switch(conf, "TICK", &settings->tick, failure) &&
		relay_settings_sink(settings, failure);
}

bool
relay_settings_load(RelaySettings *settings, const char *path, Failure *failure)
{
	memset(settings, 0, sizeof(*settings));
	settings->conf = conf_load(relay_items, RELAY_ITEMS, path, failure);
	if (settings->conf != NULL && relay_settings_read(settings, failure))
		return true;
	relay_settings_free(settings);
	return false;
}

void
relay_settings_free(RelaySettings *settings)
{
	conf_free(settings->conf);
	settings->conf = NULL;
}

void
relay_settings_help(FILE *out)
{
	conf_help(relay_items, RELAY_ITEMS, out);
}
