/*
 * attempt.h: one client's connection, from its request to its end.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_ATTEMPT_H
#define EGRESS_ATTEMPT_H

#include "egress/proxy_settings.h"
#include "egress/rules.h"

typedef struct AttemptPlan
{
	const ProxySettings *settings;
	Rules	   *rules;
	int			events_fd;
} AttemptPlan;

/* Serves the connection and closes it.  Blocks; for a thread of its own. */
extern void attempt_serve(const AttemptPlan *plan, int client_fd);

/* Answers a connection for which there is no room, and closes it. */
extern void attempt_decline(int client_fd);

#endif							/* EGRESS_ATTEMPT_H */
