/*
 * jwtkey.h: the keys that may sign a JWT, each pinned to one algorithm.
 *
 * The setting is a list of [kid=]alg:path.  A token that names a kid is checked with the key of
 * that name, else with the one key of its algorithm that has no name; what the token's header says
 * never changes the algorithm of a key, so a public key cannot be taken for an HMAC secret.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_JWTKEY_H
#define SIDECAR_JWTKEY_H

#include "common/failure.h"
#include "span.h"

typedef struct JwtKey JwtKey;
typedef struct JwtKeys JwtKeys;

/* NULL with the reason; the keys are released with jwtkeys_free. */
extern JwtKeys *jwtkeys_load(const char *setting, Failure *failure) MUST_CHECK;
extern void jwtkeys_free(JwtKeys *keys);

/* The key for a token with this header; NULL when there is none.  kid and alg may be NULL. */
extern const JwtKey *jwtkeys_pick(const JwtKeys *keys, const char *kid, const char *alg);

extern bool jwtkey_verify(const JwtKey *key, Span text, const unsigned char *signature,
						  size_t signature_len) MUST_CHECK;

#endif							/* SIDECAR_JWTKEY_H */
