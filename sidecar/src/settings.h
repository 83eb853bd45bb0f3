/*
 * settings.h: what the operator decides, read from the environment, a file and key files.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_SETTINGS_H
#define SIDECAR_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/failure.h"
#include "common/log.h"
#include "common/telemetry.h"
#include "context.h"
#include "jwtkey.h"

typedef struct LaneSettings
{
	int			connections;
	int			depth;
	int			timeout_ms;
} LaneSettings;

typedef struct Settings
{
	Conf	   *conf;			/* owns the strings below */
	const char *listen;
	const char *admin_listen;
	const char *database;
	const char *database_password;	/* NULL when there is none */
	const char *jwt_audience;
	const char *jwt_issuer;
	JwtKeys    *jwt_keys;
	ContextKey	context_key;
	LaneSettings read;
	LaneSettings write;
	LaneSettings slow;
	int			header_ms;
	int			body_ms;
	int			idle_ms;
	int			drain_ms;
	int			body_max;
	int			connections_max;
	int			connections_per_address;
	int			tenant_in_flight;
	int			tenant_streams;
	int			databases_max;
	int			database_connections;
	int			trace_percent;
	TelemetrySettings telemetry;
	LogLevel	log_level;
	bool		log_requests;
} Settings;

/* Reads everything, the keys too.  On false nothing needs to be released. */
extern bool settings_load(Settings *settings, const char *path, Failure *failure) MUST_CHECK;
extern void settings_free(Settings *settings);

/* Prints NAME=value lines, secrets masked. */
extern void settings_print(const Settings *settings, FILE *out);
extern void settings_help(FILE *out);

#endif							/* SIDECAR_SETTINGS_H */
