/*
 * digest.h: SHA-256 and HMAC-SHA-256 over OpenSSL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

#define DIGEST_SIZE 32

/* One run of bytes of a message that is hashed in parts. */
typedef struct DigestPart
{
	const void *bytes;
	size_t		len;
} DigestPart;

/* False only when OpenSSL is out of memory or has no SHA-256. */
extern bool digest_sha256(const void *bytes, size_t len,
						  unsigned char digest[DIGEST_SIZE]) MUST_CHECK;
extern bool digest_sha256_parts(const DigestPart *parts, size_t n_parts,
								unsigned char digest[DIGEST_SIZE]) MUST_CHECK;
extern bool digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
							   unsigned char mac[DIGEST_SIZE]) MUST_CHECK;

/* Compares in a time that does not depend on the bytes. */
extern bool digest_equal(const unsigned char a[DIGEST_SIZE], const unsigned char b[DIGEST_SIZE]);

#endif							/* COMMON_DIGEST_H */
