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
#include "executor/exec.h"
#include "executor/http.h"

typedef struct Settings
{
	Conf	   *conf;			/* owns the strings */
	PgTarget	target;
	LogLevel	log_level;
	const char *name;
	Buf			adapters;		/* array literal */
	int			jobs;
	int			drain_ms;
	bool		once;
	HttpSettings http;
	ExecSettings exec;
} Settings;

/* name and file may be NULL; name wins over the setting. */
extern bool settings_load(Settings *settings, const char *file, const char *name,
						  Failure *failure) MUST_CHECK;
extern void settings_free(Settings *settings);
extern void settings_help(FILE *out);

#endif							/* EXECUTOR_SETTINGS_H */
