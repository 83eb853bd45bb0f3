/*
 * jwt.h: from a bearer token to verified claims.
 *
 * The signature is checked before one claim is read.  Stricter than RFC 7519 where it leaves a
 * choice: exp, sub and tenant are required, aud and iss when configured, a token with `crit` is
 * refused, and one issued more than a day ago too.  A refusal never repeats the token.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_JWT_H
#define SIDECAR_JWT_H

#include <stdint.h>

#include "common/buf.h"
#include "common/failure.h"
#include "jwtkey.h"
#include "maxima.h"
#include "span.h"

typedef struct JwtRules
{
	const JwtKeys *keys;
	const char *audience;		/* NULL: not checked */
	const char *issuer;			/* NULL: not checked */
} JwtRules;

typedef struct JwtClaims
{
	char		tenant[33];		/* the uuid as 32 hex digits */
	char		actor[LIMIT_ACTOR + 1];
	Buf			roles;			/* comma-separated */
	Buf			scope;
	int64_t		exp;			/* Unix seconds */
} JwtClaims;

/*
 * Fills the claims, to be released with jwt_claims_free, or refuses: UP202 invalid, UP203 expired.
 */
extern bool jwt_verify(Span token, const JwtRules *rules, int64_t now, JwtClaims *claims,
					   Failure *failure) MUST_CHECK;
extern void jwt_claims_free(JwtClaims *claims);

#endif							/* SIDECAR_JWT_H */
