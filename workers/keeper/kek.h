/*
 * kek.h: which key-encryption key a directory's keys are wrapped by.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_KEK_H
#define KEEPER_KEK_H

#include "common/digest.h"
#include "keeper/keys_private.h"

#define KEK_FILE ".kek"
#define KEK_NEXT_FILE ".kek.next"

extern bool kek_fingerprint(const unsigned char kek[SEAL_KEY_SIZE],
							unsigned char fingerprint[DIGEST_SIZE]) MUST_CHECK;

/* What one of the two files holds; *there: it is there. */
extern bool kek_read(Keys *keys, const char *file, unsigned char fingerprint[DIGEST_SIZE],
					 bool *there, Failure *failure) MUST_CHECK;

#endif							/* KEEPER_KEK_H */
