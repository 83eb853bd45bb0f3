/*
 * settings.h: how the executor is told what to do.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_SETTINGS_H
#define EXECUTOR_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/pgconn.h"
#include "common/telemetry.h"
#include "executor/exec.h"
#include "executor/http.h"

typedef struct Settings
{
	Conf	   *conf;			/* owns the strings */
	PgTarget	target;
	LogLevel	log_level;
	TelemetrySettings telemetry;
	const char *name;
	Buf			adapters;		/* array literal */
	Buf			capabilities;	/* array literal */
	int			jobs;
	int			drain_ms;
	bool		once;
	bool		weak;			/* a sandbox that lacks something is accepted */
	HttpSettings http;
	ExecSettings exec;
} Settings;

/* What the command line says. */
typedef struct SettingsOptions
{
	const char *file;			/* NULL: the environment only */
	const char *name;			/* NULL: the setting */
	bool		once;
	bool		weak;
} SettingsOptions;

/* Also tries the sandbox of programs, when there are programs. */
extern bool settings_load(Settings *settings, const SettingsOptions *options,
						  Failure *failure) MUST_CHECK;
extern void settings_free(Settings *settings);
extern void settings_help(FILE *out);

#endif							/* EXECUTOR_SETTINGS_H */
