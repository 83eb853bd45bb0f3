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

/* Mints the context token.  The epoch is the tenant's, as the database said. */
extern bool authn_mint(Service *service, Identity *identity, int epoch) MUST_CHECK;

#endif							/* SIDECAR_AUTHN_H */
