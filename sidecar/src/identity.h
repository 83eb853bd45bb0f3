/*
 * identity.h: verified bearer tokens and the context tokens minted for them.
 *
 * The cache is bounded; SIEVE evicts: new ones enter at the head, a hit only sets a mark, and a
 * hand that walks from the tail to the head takes the first one without a mark, clearing marks as
 * it passes.
 *
 *      head ─► newest … ◄─ hand moves this way … oldest ◄─ tail
 *
 * An identity lives while the cache or a request holds it.  The bearer token itself is not kept,
 * only its SHA-256.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_IDENTITY_H
#define SIDECAR_IDENTITY_H

#include "common/digest.h"
#include "context.h"
#include "jwt.h"
#include "maxima.h"

typedef struct Identity
{
	unsigned char digest[DIGEST_SIZE];
	JwtClaims	claims;
	Buf			token;			/* the context token, empty until minted */
	char		database[LIMIT_DATABASE_SIZE];	/* where it is good; "": in the control database */
	int64_t		renew_at;		/* Unix seconds: from then on it must be minted again */
	int			holders;

	struct Identity *newer;
	struct Identity *older;
	struct Identity *chain;		/* in its bucket */
	bool		marked;
	bool		cached;
} Identity;

typedef struct Identities
{
	Identity  **buckets;
	size_t		bucket_count;
	size_t		max;
	size_t		count;
	Identity   *newest;
	Identity   *oldest;
	Identity   *hand;
} Identities;

extern bool identities_open(Identities *identities, size_t max) MUST_CHECK;

/* Forgets all, as a change of keys demands; those held by requests live on until released. */
extern void identities_clear(Identities *identities);
extern void identities_close(Identities *identities);

/* Held for the caller; NULL when it is not there. */
extern Identity *identities_find(Identities *identities, const unsigned char *digest);

/* Takes the claims over and gives the new identity, held; NULL only when out of memory. */
extern Identity *identities_add(Identities *identities, const unsigned char *digest,
								const JwtClaims *claims) MUST_CHECK;
extern void identity_release(Identity *identity);

/* Removes it from the cache, when it has expired. */
extern void identities_drop(Identities *identities, Identity *identity);

#endif							/* SIDECAR_IDENTITY_H */
