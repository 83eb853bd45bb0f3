/*
 * server.h: the running program: listeners, lanes, signals.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_SERVER_H
#define SIDECAR_SERVER_H

#include "common/failure.h"
#include "settings.h"

/*
 * Serves until SIGTERM or SIGINT and the drain that follows.  Takes the settings over.  False with
 * the reason when it could not start.
 */
extern bool server_run(Settings *settings, const char *config_path, Failure *failure) MUST_CHECK;

#endif							/* SIDECAR_SERVER_H */
