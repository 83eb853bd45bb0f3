/*
 * identity.c: verified bearer tokens and the context tokens minted for them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "identity.h"

#include <stdlib.h>
#include <string.h>

/* The digest is a cryptographic hash, so any of its bytes are a good bucket. */
static Identity **
bucket(Identities *identities, const unsigned char *digest)
{
	uint64_t	number;

	memcpy(&number, digest, sizeof(number));
	return &identities->buckets[number % identities->bucket_count];
}

bool
identities_open(Identities *identities, size_t max)
{
	memset(identities, 0, sizeof(*identities));
	identities->bucket_count = max;
	identities->max = max;
	identities->buckets = calloc(max, sizeof(Identity *));
	return identities->buckets != NULL;
}

void
identities_close(Identities *identities)
{
	identities_clear(identities);
	free(identities->buckets);
}

void
identities_clear(Identities *identities)
{
	while (identities->newest != NULL)
		identities_drop(identities, identities->newest);
}

void
identity_release(Identity *identity)
{
	if (identity == NULL || --identity->holders > 0)
		return;
	jwt_claims_free(&identity->claims);
	buf_free(&identity->token);
	free(identity);
}

Identity *
identities_find(Identities *identities, const unsigned char *digest)
{
	Identity   *identity = *bucket(identities, digest);

	while (identity != NULL && memcmp(identity->digest, digest, DIGEST_SIZE) != 0)
		identity = identity->chain;
	if (identity != NULL)
	{
		identity->marked = true;
		identity->holders++;
	}
	return identity;
}

void
identities_drop(Identities *identities, Identity *identity)
{
	Identity  **link = bucket(identities, identity->digest);

	if (!identity->cached)
		return;
	while (*link != identity)
		link = &(*link)->chain;
	*link = identity->chain;
	if (identities->hand == identity)
		identities->hand = identity->newer;
	*(identity->newer != NULL ? &identity->newer->older : &identities->newest) = identity->older;
	*(identity->older != NULL ? &identity->older->newer : &identities->oldest) = identity->newer;
	identity->cached = false;
	identities->count--;
	identity_release(identity);
}

static void
evict(Identities *identities)
{
	Identity   *victim = identities->hand != NULL ? identities->hand : identities->oldest;

	while (victim->marked)
	{
		victim->marked = false;
		victim = victim->newer != NULL ? victim->newer : identities->oldest;
	}
	identities->hand = victim;	/* drop moves it on */
	identities_drop(identities, victim);
}

static void
link_newest(Identities *identities, Identity *identity)
{
	Identity  **place = bucket(identities, identity->digest);

	identity->chain = *place;
	*place = identity;
	identity->older = identities->newest;
	identity->newer = NULL;
	*(identities->newest != NULL ? &identities->newest->newer : &identities->oldest) = identity;
	identities->newest = identity;
	identity->cached = true;
	identities->count++;
}

Identity *
identities_add(Identities *identities, const unsigned char *digest, const JwtClaims *claims)
{
	Identity   *identity = calloc(1, sizeof(Identity));

	if (identity == NULL)
		return NULL;
	if (identities->count == identities->max)
		evict(identities);
	memcpy(identity->digest, digest, DIGEST_SIZE);
	identity->claims = *claims;
	buf_init(&identity->token, LIMIT_CONTEXT_TOKEN);
	identity->holders = 2;		/* the cache and the caller */
	link_newest(identities, identity);
	return identity;
}
