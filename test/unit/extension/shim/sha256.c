/*
 * sha256.c
 *		sha256.h for a program, on libcrypto.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "sha256.h"

struct Sha256
{
	EVP_MD_CTX *core;
};

static void
must(int result)
{
	if (result != 1)
		abort();
}

Sha256 *
sha256_create(void)
{
	Sha256	   *hash = palloc(sizeof(Sha256));

	hash->core = EVP_MD_CTX_new();
	must(hash->core != NULL);
	return hash;
}

void
sha256_free(Sha256 *hash)
{
	EVP_MD_CTX_free(hash->core);
	pfree(hash);
}

void
sha256_begin(Sha256 *hash)
{
	must(EVP_DigestInit_ex(hash->core, EVP_sha256(), NULL));
}

void
sha256_add(Sha256 *hash, const void *data, size_t len)
{
	must(EVP_DigestUpdate(hash->core, data, len));
}

void
sha256_add_int(Sha256 *hash, uint64 value, int size)
{
	for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
	{
		uint8		byte = (uint8) (value >> shift);

		sha256_add(hash, &byte, 1);
	}
}

void
sha256_end(Sha256 *hash, uint8 digest[SHA256_SIZE])
{
	must(EVP_DigestFinal_ex(hash->core, digest, NULL));
}
