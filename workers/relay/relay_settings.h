/*
 * relay_settings.h: how the relay is told what to do.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_RELAY_SETTINGS_H
#define RELAY_RELAY_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/pgconn.h"
#include "common/telemetry.h"
#include "relay/sink_http.h"
#include "relay/sink_kafka.h"
#include "relay/sink_nats.h"
#include "relay/webhooks.h"

typedef struct RelaySettings
{
	Conf	   *conf;			/* owns the strings */
	PgTarget	target;
	LogLevel	log_level;
	TelemetrySettings telemetry;
	int			metrics_tenants;	/* that have series of their own */
	const char *name;			/* of the sink, in the database */
	const char *file;			/* NULL: not a file */
	SinkHttpSettings http;		/* url NULL: not HTTP */
	SinkKafkaSettings kafka;	/* target NULL: not Kafka */
	SinkNatsSettings nats;		/* target.servers NULL: not NATS */
	WebhookSettings webhooks;
	bool		calls_webhooks;
	bool		exports_runs;	/* spans of runs and states, to the collector */
	int			batch;
	int			interval_ms;
	bool		tick;
	bool		once;
} RelaySettings;

/* path may be NULL. */
extern bool relay_settings_load(RelaySettings *settings, const char *path,
								Failure *failure) MUST_CHECK;
extern void relay_settings_free(RelaySettings *settings);
extern void relay_settings_help(FILE *out);

#endif							/* RELAY_RELAY_SETTINGS_H */
