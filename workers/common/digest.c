/*
 * digest.c: SHA-256 and HMAC-SHA-256 over OpenSSL.
 *
 * OpenSSL looks an algorithm up each time that it is named by EVP_sha256, which takes as long as hashing
 * some hundred bytes; so it is looked up once for all threads, and kept to the process's end.  Making a
 * context takes as long, so each thread keeps its own until it ends.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/digest.h"

#include <limits.h>
#include <pthread.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static pthread_once_t digest_once = PTHREAD_ONCE_INIT;
static pthread_key_t digest_contexts;
static EVP_MD *digest_fetched;

static void
digest_drop(void *context)
{
	EVP_MD_CTX_free(context);
}

/* Without an algorithm nothing is hashed. */
static void
digest_prepare(void)
{
	if (pthread_key_create(&digest_contexts, digest_drop) == 0)
		digest_fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* This thread's context, ready for a new text; NULL when there is none. */
static EVP_MD_CTX *
digest_begin(void)
{
	EVP_MD_CTX *context;

	if (pthread_once(&digest_once, digest_prepare) != 0 || digest_fetched == NULL)
		return NULL;
	context = pthread_getspecific(digest_contexts);
	if (context == NULL)
	{
		context = EVP_MD_CTX_new();
		if (context == NULL || pthread_setspecific(digest_contexts, context) != 0)
		{
			EVP_MD_CTX_free(context);
			return NULL;
		}
	}
	return EVP_DigestInit_ex(context, digest_fetched, NULL) == 1 ? context : NULL;
}

bool
digest_sha256_parts(const DigestPart *parts, size_t n_parts, unsigned char digest[DIGEST_SIZE])
{
	EVP_MD_CTX *context = digest_begin();
	bool		ok = context != NULL;

	for (size_t i = 0; ok && i < n_parts; i++)
		ok = EVP_DigestUpdate(context, parts[i].bytes, parts[i].len) == 1;
	return ok && EVP_DigestFinal_ex(context, digest, NULL) == 1;
}

bool
digest_sha256(const void *bytes, size_t len, unsigned char digest[DIGEST_SIZE])
{
	return digest_sha256_parts(&(DigestPart) {bytes, len}, 1, digest);
}

bool
digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
				   unsigned char mac[DIGEST_SIZE])
{
	if (key_len > INT_MAX)
		return false;
	return HMAC(EVP_sha256(), key, (int) key_len, bytes, len, mac, NULL) != NULL;
}

bool
digest_equal(const unsigned char a[DIGEST_SIZE], const unsigned char b[DIGEST_SIZE])
{
	return CRYPTO_memcmp(a, b, DIGEST_SIZE) == 0;
}
