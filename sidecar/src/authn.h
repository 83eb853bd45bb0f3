/*
 * authn.h: who is asking.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_AUTHN_H
#define SIDECAR_AUTHN_H

#include "http.h"
#include "identity.h"
#include "problem.h"
#include "service.h"

/*
 * The identity that the Authorization header proves, held for the caller; NULL with failure:
 * UP201 no token, UP202 invalid, UP203 expired.
 */
extern Identity *authn_identify(Service *service, const HttpParser *parser,
								Failure *failure) MUST_CHECK;

/* The token has the role of a tenant's own worker. */
extern bool authn_is_worker(const Identity *identity);

/* True while the identity's context token is good for some time yet. */
extern bool authn_has_context(const Identity *identity);

/* Where a tenant lives, as the control database said. */
typedef struct Route
{
	const char *database;
	bool		away;			/* it is the tenant's own, not the control database */
	int			epoch;
} Route;

/* Mints the context token for a route. */
extern bool authn_mint(Service *service, Identity *identity, const Route *route) MUST_CHECK;

#endif							/* SIDECAR_AUTHN_H */
