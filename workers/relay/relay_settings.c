/*
 * relay_settings.c: how the relay is told what to do.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/relay_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "relay/nats_message.h"

static const ConfItem relay_items[] = {
	{"DATABASE_URL", "", false, "Connection string; empty: libpq's environment."},
	{"DATABASE_PASSWORD", NULL, true, "Password for it."},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
	TELEMETRY_SETTINGS,
	{"RELAY_SPANS", "off", false, "on: exports spans of runs and states, and measures them."},
	{"METRICS_TENANTS", "0", false, "Tenants that have series of their own; 0: none is named."},
	{"RELAY_NAME", "default", false, "The sink's name; each has a cursor of its own."},
	{"RELAY_SINK", "", false, "file:PATH, kafka:BROKERS/TOPIC, nats:SERVERS/SUBJECT, nats+tls:… or an HTTP URL; empty: none."},
	{"RELAY_TOKEN", NULL, true, "Bearer token for an HTTP sink."},
	{"RELAY_KAFKA", NULL, true, "Settings of librdkafka for a Kafka sink, NAME=VALUE a line."},
	{"RELAY_NATS", NULL, true, "user, password, token or credentials for a NATS sink, NAME=VALUE a line."},
	{"RELAY_CA", NULL, false, "File of trusted authorities; else the system's."},
	{"RELAY_TIMEOUT_MS", "10000", false, "Time limit for one delivery by HTTP."},
	{"RELAY_WEBHOOKS", "off", false, "on: delivers to the webhook subscriptions of all tenants."},
	{"RELAY_DELIVERIES", "32", false, "Webhook subscriptions that are called at the same time."},
	{"RELAY_ORIGIN", "portarium", false, "The relay's name in the handshake with a subscriber."},
	{"RELAY_CREDENTIALS", NULL, false, "Directory of signing keys: TENANT/NAME, private files."},
	{"RELAY_CLIENT_CERT", NULL, false, "Certificate that is shown to subscribers (PEM)."},
	{"RELAY_CLIENT_KEY", NULL, false, "File of the key that belongs to it (PEM)."},
	{"RELAY_PRIVATE_NETWORK", "off", false, "on: loopback and private addresses may be called."},
	{"RELAY_PROXY", "", false, "HTTP proxy for webhooks; empty: none."},
	{"RELAY_BATCH", "500", false, "Events that are read at a time."},
	{"RELAY_INTERVAL_MS", "200", false, "Pause when there is nothing to deliver."},
	{"TICK", "off", false, "on: calls portarium.tick() once a second."},
};

#define RELAY_ITEMS (sizeof(relay_items) / sizeof(relay_items[0]))

/* BROKERS/TOPIC, neither of them empty or endless. */
static bool
relay_settings_is_kafka(const char *target)
{
	const char *slash = strrchr(target, '/');

	return slash != NULL && slash != target && slash - target < SINK_KAFKA_BROKERS_MAX &&
		slash[1] != '\0' && strlen(slash + 1) < SINK_KAFKA_TOPIC_MAX;
}

/* SERVERS/SUBJECT, the same. */
static bool
relay_settings_is_nats(const char *target)
{
	const char *slash = strrchr(target, '/');

	return slash != NULL && slash != target && slash - target < NATS_OPTIONS_SERVERS_MAX &&
		nats_message_is_subject(slash + 1);
}

static void
relay_settings_nats(RelaySettings *settings, const char *target, bool tls)
{
	settings->nats.subject = strrchr(target, '/') + 1;
	settings->nats.target = (NatsTarget) {
		.servers = target,
		.tls = tls,
		.config = conf_value(settings->conf, "RELAY_NATS"),
		.ca_file = conf_value(settings->conf, "RELAY_CA"),
		.client_cert = conf_value(settings->conf, "RELAY_CLIENT_CERT"),
		.client_key = conf_value(settings->conf, "RELAY_CLIENT_KEY"),
		.timeout_ms = settings->http.timeout_ms,
	};
}

static bool
relay_settings_sink(RelaySettings *settings, Failure *failure)
{
	const char *sink = conf_value(settings->conf, "RELAY_SINK");

	if (strncmp(sink, "file:", 5) == 0 && sink[5] != '\0')
		settings->file = sink + 5;
	else if (strncmp(sink, "http://", 7) == 0 || strncmp(sink, "https://", 8) == 0)
		settings->http.url = sink;
	else if (strncmp(sink, "kafka:", 6) == 0 && relay_settings_is_kafka(sink + 6))
		settings->kafka.target = sink + 6;
	else if (strncmp(sink, "nats:", 5) == 0 && relay_settings_is_nats(sink + 5))
		relay_settings_nats(settings, sink + 5, false);
	else if (strncmp(sink, "nats+tls:", 9) == 0 && relay_settings_is_nats(sink + 9))
		relay_settings_nats(settings, sink + 9, true);
	else if (sink[0] != '\0')
	{
		failure_set(failure, "setting \"RELAY_SINK\" must be file:PATH, kafka:BROKERS/TOPIC,"
					" nats:SERVERS/SUBJECT or an HTTP URL");
		return false;
	}
	else if (!settings->tick && !settings->calls_webhooks && !settings->exports_runs)
	{
		failure_set(failure, "there is nothing to do: give \"RELAY_SINK\","
					" or \"RELAY_WEBHOOKS\", \"RELAY_SPANS\" or \"TICK\" on");
		return false;
	}
	settings->http.token = conf_value(settings->conf, "RELAY_TOKEN");
	settings->http.ca_file = conf_value(settings->conf, "RELAY_CA");
	settings->kafka.config = conf_value(settings->conf, "RELAY_KAFKA");
	settings->kafka.timeout_ms = settings->http.timeout_ms;
	return true;
}

/* -1 without a setting. */
static bool
relay_settings_credentials(const Conf *conf, int *fd, Failure *failure)
{
	const char *path = conf_value(conf, "RELAY_CREDENTIALS");

	*fd = path == NULL ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (path == NULL || *fd >= 0)
		return true;
	failure_set(failure, "could not open directory \"%s\": %s", path, strerror(errno));
	return false;
}

static bool
relay_settings_webhooks(RelaySettings *settings, Failure *failure)
{
	const Conf *conf = settings->conf;
	WebhookSettings *webhooks = &settings->webhooks;
	HookRules  *hook = &webhooks->rules.hook;

	hook->origin = conf_value(conf, "RELAY_ORIGIN");
	hook->proxy = conf_value(conf, "RELAY_PROXY");
	hook->ca_file = conf_value(conf, "RELAY_CA");
	hook->client_cert = conf_value(conf, "RELAY_CLIENT_CERT");
	hook->client_key = conf_value(conf, "RELAY_CLIENT_KEY");
	hook->timeout_ms = settings->http.timeout_ms;
	webhooks->rules.batch = settings->batch;
	webhooks->interval_ms = settings->interval_ms;
	return conf_switch(conf, "RELAY_SPANS", &settings->exports_runs, failure) &&
		conf_switch(conf, "RELAY_WEBHOOKS", &settings->calls_webhooks, failure) &&
		conf_switch(conf, "RELAY_PRIVATE_NETWORK", &hook->private_network, failure) &&
		conf_int(conf, "RELAY_DELIVERIES", 1, 1000, &webhooks->deliveries, failure) &&
		relay_settings_credentials(conf, &webhooks->rules.credentials_fd, failure);
}

static bool
relay_settings_read(RelaySettings *settings, Failure *failure)
{
	const Conf *conf = settings->conf;

	settings->target.conninfo = conf_value(conf, "DATABASE_URL");
	settings->target.password = conf_value(conf, "DATABASE_PASSWORD");
	settings->target.application = "portarium-relay";
	settings->name = conf_value(conf, "RELAY_NAME");
	settings->telemetry.listen = conf_value(conf, "METRICS_LISTEN");

	if (!log_level_parse(conf_value(conf, "LOG_LEVEL"), &settings->log_level))
	{
		failure_set(failure, "setting \"LOG_LEVEL\" must be debug, info, warn or error");
		return false;
	}
	return telemetry_read(conf, &settings->telemetry, failure) &&
		conf_int(conf, "RELAY_TIMEOUT_MS", 1, 600000, &settings->http.timeout_ms, failure) &&
		conf_int(conf, "METRICS_TENANTS", 0, 1000, &settings->metrics_tenants, failure) &&
		conf_int(conf, "RELAY_BATCH", 1, 10000, &settings->batch, failure) &&
		conf_int(conf, "RELAY_INTERVAL_MS", 10, 60000, &settings->interval_ms, failure) &&
		conf_switch(conf, "TICK", &settings->tick, failure) &&
		relay_settings_webhooks(settings, failure) &&
		relay_settings_sink(settings, failure);
}

bool
relay_settings_load(RelaySettings *settings, const char *path, Failure *failure)
{
	memset(settings, 0, sizeof(*settings));
	settings->webhooks.rules.credentials_fd = -1;
	settings->conf = conf_load(relay_items, RELAY_ITEMS, path, failure);
	if (settings->conf != NULL && relay_settings_read(settings, failure))
		return true;
	relay_settings_free(settings);
	return false;
}

void
relay_settings_free(RelaySettings *settings)
{
	if (settings->webhooks.rules.credentials_fd >= 0)
		(void) close(settings->webhooks.rules.credentials_fd);
	settings->webhooks.rules.credentials_fd = -1;
	conf_free(settings->conf);
	settings->conf = NULL;
}

void
relay_settings_help(FILE *out)
{
	conf_help(relay_items, RELAY_ITEMS, out);
}
