/*
 * nats_options.h: how the relay connects to NATS.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_NATS_OPTIONS_H
#define RELAY_NATS_OPTIONS_H

#include <stdbool.h>

#include <nats/nats.h>

#include "common/failure.h"

#define NATS_OPTIONS_SERVERS_MAX 1024

typedef struct NatsTarget
{
	const char *servers;		/* HOST:PORT, separated by commas, up to the last slash */
	bool		tls;
	const char *config;			/* user, password, token or credentials, NAME=VALUE a line; NULL: none */
	const char *ca_file;		/* NULL: the library's */
	const char *client_cert;	/* NULL: none is shown */
	const char *client_key;
	int			timeout_ms;
} NatsTarget;

/*
 * For natsConnection_Connect, as often as wanted; natsOptions_Destroy.  A connection that is lost is not
 * made again by the library: who uses it must know what was lost with it.
 */
extern natsOptions *nats_options_make(const NatsTarget *target, Failure *failure) MUST_CHECK;

#endif							/* RELAY_NATS_OPTIONS_H */
