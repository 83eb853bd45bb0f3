/*
 * settings.c: what the operator decides.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "settings.h"

#include <stddef.h>
#include <string.h>

#include "maxima.h"

static const ConfItem items[] = {
	{"LISTEN", "127.0.0.1:8080", false, "Address of the API; port 0 takes a free one."},
	{"ADMIN_LISTEN", "127.0.0.1:8081", false, "Address of /live, /ready and /metrics."},
	{"DATABASE", "dbname=portarium user=portarium_sidecar", false, "Conninfo without password."},
	{"DATABASE_PASSWORD", NULL, true, "The login's password."},
	{"CONTEXT_KEY", NULL, true, "Key id and 64 hexadecimal digits of the context key."},
	{"JWT_KEYS", NULL, false, "[kid=]hs256|rs256|es256:path, separated by blanks."},
	{"JWT_AUDIENCE", NULL, false, "When set, a token's aud must hold it."},
	{"JWT_ISSUER", NULL, false, "When set, a token's iss must be it."},
	{"READ_CONNECTIONS", "2", false, "Connections of the read lane."},
	{"READ_DEPTH", "8", false, "Reads in flight on each of them."},
	{"READ_TIMEOUT_MS", "250", false, "After which a read moves to the slow lane."},
	{"WRITE_CONNECTIONS", "8", false, "Connections of the write lane."},
	{"WRITE_TIMEOUT_MS", "5000", false, "Statement timeout of writes."},
	{"SLOW_CONNECTIONS", "2", false, "Connections of the slow lane."},
	{"SLOW_TIMEOUT_MS", "30000", false, "Statement timeout of slow reads."},
	{"HEADER_TIMEOUT_MS", "5000", false, "From a request's first byte to the end of its head."},
	{"BODY_TIMEOUT_MS", "10000", false, "For a body; longer while it keeps up 1 KiB/s."},
	{"IDLE_TIMEOUT_MS", "60000", false, "How long a connection may stay without a request."},
	{"DRAIN_TIMEOUT_MS", "25000", false, "How long SIGTERM waits for running requests."},
	{"BODY_MAX", "1048576", false, "Bytes of a request body."},
	{"CONNECTIONS_MAX", "4096", false, "Open client connections."},
	{"CONNECTIONS_PER_ADDRESS", "256", false, "The same for one address."},
	{"TENANT_IN_FLIGHT", "32", false, "Requests under way of one tenant."},
	{"TENANT_STREAMS", "10", false, "Open event streams of one tenant."},
	{"DATABASES_MAX", "32", false, "Databases of tenants of tier C in use at the same time."},
	{"DATABASE_CONNECTIONS", "2", false, "Connections of the write lane to each of them."},
	TELEMETRY_EXPORT_SETTINGS,
	{"TRACE_PERCENT", "100", false, "Of the requests that come without a trace."},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
	{"LOG_REQUESTS", "off", false, "on writes one line for each request."},
};

#define ITEMS (sizeof(items) / sizeof(items[0]))

static const struct
{
	const char *name;
	size_t		offset;
	int			min;
	int			max;
}			numbers[] = {
	{"READ_CONNECTIONS", offsetof(Settings, read.connections), 1, LIMIT_LANE_CONNECTIONS},
	{"READ_DEPTH", offsetof(Settings, read.depth), 1, LIMIT_LANE_DEPTH},
	{"READ_TIMEOUT_MS", offsetof(Settings, read.timeout_ms), 10, 600000},
	{"WRITE_CONNECTIONS", offsetof(Settings, write.connections), 1, LIMIT_LANE_CONNECTIONS},
	{"WRITE_TIMEOUT_MS", offsetof(Settings, write.timeout_ms), 10, 600000},
	{"SLOW_CONNECTIONS", offsetof(Settings, slow.connections), 1, LIMIT_LANE_CONNECTIONS},
	{"SLOW_TIMEOUT_MS", offsetof(Settings, slow.timeout_ms), 10, 600000},
	{"HEADER_TIMEOUT_MS", offsetof(Settings, header_ms), 100, 600000},
	{"BODY_TIMEOUT_MS", offsetof(Settings, body_ms), 100, 600000},
	{"IDLE_TIMEOUT_MS", offsetof(Settings, idle_ms), 100, 3600000},
	{"DRAIN_TIMEOUT_MS", offsetof(Settings, drain_ms), 0, 600000},
	{"BODY_MAX", offsetof(Settings, body_max), 0, 16 * 1024 * 1024},
	{"CONNECTIONS_MAX", offsetof(Settings, connections_max), 1, 65536},
	{"CONNECTIONS_PER_ADDRESS", offsetof(Settings, connections_per_address), 1, 65536},
	{"TENANT_IN_FLIGHT", offsetof(Settings, tenant_in_flight), 1, 65536},
	{"DATABASES_MAX", offsetof(Settings, databases_max), 0, LIMIT_DATABASES},
	{"DATABASE_CONNECTIONS", offsetof(Settings, database_connections), 1, LIMIT_LANE_CONNECTIONS},
	{"TRACE_PERCENT", offsetof(Settings, trace_percent), 0, 100},
	{"TENANT_STREAMS", offsetof(Settings, tenant_streams), 0, LIMIT_STREAMS},
};

static bool
load_numbers(Settings *settings, Failure *failure)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
	{
		int		   *place = (int *) ((char *) settings + numbers[i].offset);

		if (!conf_int(settings->conf, numbers[i].name, numbers[i].min, numbers[i].max, place,
					  failure))
			return false;
	}
	settings->write.depth = settings->slow.depth = 1;
	return true;
}

static bool
load_texts(Settings *settings, Failure *failure)
{
	const Conf *conf = settings->conf;

	settings->listen = conf_value(conf, "LISTEN");
	settings->telemetry.listen = "";
	settings->admin_listen = conf_value(conf, "ADMIN_LISTEN");
	settings->database = conf_value(conf, "DATABASE");
	settings->database_password = conf_value(conf, "DATABASE_PASSWORD");
	settings->jwt_audience = conf_value(conf, "JWT_AUDIENCE");
	settings->jwt_issuer = conf_value(conf, "JWT_ISSUER");
	if (strstr(settings->database, "password") != NULL)
	{
		failure_set(failure, "DATABASE names a password; use DATABASE_PASSWORD_FILE");
		return false;
	}
	if (!log_level_parse(conf_value(conf, "LOG_LEVEL"), &settings->log_level))
	{
		failure_set(failure, "LOG_LEVEL is none of debug, info, warn, error");
		return false;
	}
	return telemetry_read(conf, &settings->telemetry, failure) &&
		conf_switch(conf, "LOG_REQUESTS", &settings->log_requests, failure);
}

static bool
load_keys(Settings *settings, Failure *failure)
{
	const char *context_key = conf_value(settings->conf, "CONTEXT_KEY");
	const char *jwt_keys = conf_value(settings->conf, "JWT_KEYS");

	if (context_key == NULL || jwt_keys == NULL)
	{
		failure_set(failure, "%s is not set", context_key == NULL ? "CONTEXT_KEY_FILE" :
					"JWT_KEYS");
		return false;
	}
	if (!context_key_parse(context_key, &settings->context_key, failure))
		return false;
	settings->jwt_keys = jwtkeys_load(jwt_keys, failure);
	return settings->jwt_keys != NULL;
}

bool
settings_load(Settings *settings, const char *path, Failure *failure)
{
	memset(settings, 0, sizeof(*settings));
	settings->conf = conf_load(items, ITEMS, path, failure);
	if (settings->conf == NULL)
		return false;
	if (load_numbers(settings, failure) && load_texts(settings, failure) &&
		load_keys(settings, failure))
		return true;
	settings_free(settings);
	return false;
}

void
settings_free(Settings *settings)
{
	jwtkeys_free(settings->jwt_keys);
	conf_free(settings->conf);
	explicit_bzero(&settings->context_key, sizeof(settings->context_key));
	settings->jwt_keys = NULL;
	settings->conf = NULL;
}

void
settings_print(const Settings *settings, FILE *out)
{
	conf_print(settings->conf, out);
}

void
settings_help(FILE *out)
{
	conf_help(items, ITEMS, out);
}
