/*
 * proxy_settings.h: how the egress proxy is told what to do.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_PROXY_SETTINGS_H
#define EGRESS_PROXY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/pgconn.h"
#include "common/telemetry.h"
#include "egress/demand.h"

typedef struct ProxySettings
{
	Conf	   *conf;			/* owns the strings */
	PgTarget	target;
	LogLevel	log_level;
	TelemetrySettings telemetry;
	const char *socket;
	const char *events;
	const char *private_hosts;
	Identity	identity;		/* empty: each client says in whose name */
	int			connections;
	int			cache_ms;
	int			connect_ms;
	int			request_ms;
	int			idle_ms;
	int			drain_ms;
	int64_t		response_max;	/* bytes; 0: any number */
} ProxySettings;

/* file may be NULL. */
extern bool proxy_settings_load(ProxySettings *settings, const char *file,
								Failure *failure) MUST_CHECK;
extern void proxy_settings_free(ProxySettings *settings);
extern void proxy_settings_help(FILE *out);

#endif							/* EGRESS_PROXY_SETTINGS_H */
