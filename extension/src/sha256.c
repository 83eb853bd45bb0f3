/*
 * sha256.c
 *		SHA-256 of bytes that come in pieces.
 *
 * PostgreSQL's own, with its failures turned into errors. One context serves any number of hashes,
 * one after the other: begin, add, end. The core frees a context that is left behind by an error
 * together with its resource owner or memory context.
 *
 * SPDX-License-Identifier: PostgreSQL
 * /
 */
#include "postgres.h"

#include "compat.h"
#include "sha256.h"

struct Sha256
{
	pg_cryptohash_ctx *core;
};

static void
must(int result)
{
	if (result < 0)
		elog(ERROR, "could not compute SHA-256");
}

Sha256 *
sha256_create(void)
{
	Sha256	   *hash = palloc(sizeof(Sha256));

	hash->core = pg_cryptohash_create(PG_SHA256);
	if (hash->core == NULL)
		elog(ERROR, "could not make a SHA-256 context");
	return hash;
}

void
sha256_free(Sha256 *hash)
{
	pg_cryptohash_free(hash->core);
	pfree(hash);
}

void
sha256_begin(Sha256 *hash)
{
	must(pg_cryptohash_init(hash->core));
}

void
sha256_add(Sha256 *hash, const void *data, size_t len)
{
	must(pg_cryptohash_update(hash->core, data, len));
}

/* An integer of "size" bytes, big-endian. */
void
sha256_add_int(Sha256 *hash, uint64 value, int size)
{
	uint8		bytes[8];

	for (int i = size - 1; i >= 0; i--)
	{
		bytes[i] = (uint8) value;
		value >>= 8;
	}
	sha256_add(hash, bytes, size);
}

void
sha256_end(Sha256 *hash, uint8 digest[SHA256_SIZE])
{
	must(compat_sha256_final(hash->core, digest));
}
