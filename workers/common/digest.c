/*
 * digest.c: SHA-256 and HMAC-SHA-256 over OpenSSL.
 *
 * OpenSSL looks an algorithm up each time that it is named by EVP_sha256, which takes as long as hashing
 * some hundred bytes; so it is looked up once for all threads, and kept to the process's end.
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
static EVP_MD *digest_fetched;

static void
digest_fetch(void)
{
	digest_fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* NULL when OpenSSL has none. */
static const EVP_MD *
digest_algorithm(void)
{
	return pthread_once(&digest_once, digest_fetch) == 0 ? digest_fetched : NULL;
}

bool
digest_sha256_parts(const DigestPart *parts, size_t n_parts, unsigned char digest[DIGEST_SIZE])
{
	const EVP_MD *algorithm = digest_algorithm();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		ok;

	ok = algorithm != NULL && context != NULL &&
		EVP_DigestInit_ex(context, algorithm, NULL) == 1;
	for (size_t i = 0; ok && i < n_parts; i++)
		ok = EVP_DigestUpdate(context, parts[i].bytes, parts[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	return ok;
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
