/*
 * context.h: minting context tokens, the proof that the database takes for who is calling.
 *
 *     v1.<kid>.<tenant>.<db>.<login>.<actor>.<roles>.<scope>.<exp>.<epoch>.<nonce>.<mac>
 *
 * The format is docs/formats.md, "Context token".
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_CONTEXT_H
#define SIDECAR_CONTEXT_H

#include <stdint.h>

#include "common/buf.h"
#include "common/failure.h"

typedef struct ContextKey
{
	char		kid[33];
	unsigned char key[32];
} ContextKey;

/* Reads the key file's content: "<kid> <hex of 32 bytes>". */
extern bool context_key_parse(const char *text, ContextKey *key, Failure *failure) MUST_CHECK;

typedef struct ContextClaims
{
	const char *tenant;			/* 32 hex digits */
	const char *db;
	const char *login;
	const char *actor;
	const char *roles;
	const char *scope;
	int64_t		exp;
	int			epoch;
} ContextClaims;

/* Appends a token with a fresh nonce. */
extern bool context_mint(const ContextKey *key, const ContextClaims *claims, Buf *out) MUST_CHECK;

/* The same with a given nonce of 16 hex digits, for test vectors. */
extern bool context_mint_nonce(const ContextKey *key, const ContextClaims *claims,
							   const char *nonce, Buf *out) MUST_CHECK;

#endif							/* SIDECAR_CONTEXT_H */
