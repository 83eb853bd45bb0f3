/*
 * key.h: the notary's signing key, an Ed25519 key in a private PEM file with its verifier key
 * ("vkey") in FILE.vkey beside it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_KEY_H
#define NOTARY_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"
#include "evidence/cosign.h"

typedef struct Key Key;

/* Makes FILE (mode 0600) and FILE.vkey; neither may exist.  A witness's key signs nothing else. */
extern bool key_generate(const char *name, bool witness, const char *path,
						 Failure *failure) MUST_CHECK;

extern Key *key_load(const char *path, Failure *failure) MUST_CHECK;
extern Key *key_load_witness(const char *path, Failure *failure) MUST_CHECK;
extern void key_free(Key *key);

/* Writes the note of a checkpoint, signed by each of the keys. */
extern bool key_sign(Key *const *keys, size_t n_keys, const Checkpoint *checkpoint,
					 char note[NOTE_MAX], Failure *failure) MUST_CHECK;

/* Writes the line by which a witness says that it has seen the note's checkpoint at this time. */
extern bool key_cosign(const Key *key, const char *note, uint64_t time, char line[COSIGN_LINE_MAX],
					   Failure *failure) MUST_CHECK;

extern const NoteKey *key_public(const Key *key);

#endif							/* NOTARY_KEY_H */
