/*
 * dial.h: from a host's name to a connection.
 *
 * The name is resolved once.  Every address that it has is judged, and one that may not be reached
 * spoils them all; then one of those that were judged is connected to, never the name again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_DIAL_H
#define EGRESS_DIAL_H

#include <arpa/inet.h>
#include <stdbool.h>

#include "common/failure.h"

typedef struct DialPlan
{
	const char *host;
	int			port;
	bool		private_allowed;	/* the operator has named this host */
	int			timeout_ms;
} DialPlan;

typedef struct DialResult
{
	int			fd;				/* -1: none */
	bool		refused;		/* by its addresses, not by the network */
	char		address[INET6_ADDRSTRLEN];
} DialResult;

/* False with the reason. */
extern bool dial(const DialPlan *plan, DialResult *result, Failure *failure) MUST_CHECK;

#endif							/* EGRESS_DIAL_H */
