/*
 * serve.h: the notary's life: connect, a round every so often, until it is told to stop.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_SERVE_H
#define NOTARY_SERVE_H

#include <stdbool.h>

#include "common/pgconn.h"
#include "common/telemetry.h"
#include "notary/notary.h"

typedef struct ServeOptions
{
	PgTarget	database;
	TelemetrySettings telemetry;
	const char *key_paths[NOTARY_KEYS_MAX];	/* the second: the next key, or NULL */
	Target		store;
	const char *state_path;
	const char *policy_path;	/* of witnesses; NULL: there are none */
	TsaSettings tsa;
	int			standbys;		/* that must have the WAL of what is signed */
	int			interval_ms;
	int			probe_hours;	/* of a bucket; 0: never */
	int			audit_hours;	/* 0: never */
	const char *past_keys_path;	/* NULL: there are none */
	int			heartbeat_seconds;	/* no log is silent for longer; 0: it may be */
	bool		once;			/* until nothing is left to sign */
} ServeOptions;

/* Returns the exit status: 0 done, 1 it could not work, 3 it refuses to sign. */
extern int	serve(const ServeOptions *options);

/* Carries out a declared recovery (recover.h) instead; the same exit status. */
extern int	serve_recovery(const ServeOptions *options);

#endif							/* NOTARY_SERVE_H */
