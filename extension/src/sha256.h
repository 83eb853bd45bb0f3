/*
 * sha256.h
 *		SHA-256 of bytes that come in pieces.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_SHA256_H
#define PORTARIUM_SHA256_H

#define SHA256_SIZE 32

typedef struct Sha256 Sha256;

extern Sha256 *sha256_create(void);
extern void sha256_free(Sha256 *hash);
extern void sha256_begin(Sha256 *hash);
extern void sha256_add(Sha256 *hash, const void *data, size_t len);
extern void sha256_add_int(Sha256 *hash, uint64 value, int size);
extern void sha256_end(Sha256 *hash, uint8 digest[SHA256_SIZE]);

#endif							/* PORTARIUM_SHA256_H */
