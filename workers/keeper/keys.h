/*
 * keys.h: the keys of payloads, in a directory of their own.
 *
 * The key that wraps all others (KEK) comes from a secret file.  An owner (a subject, or a payload
 * that is about none) has a key wrapped by it; each payload has one wrapped by its owner's.  A key that
 * was shredded leaves a mark in its place, so that no other ever takes its name, and one that comes
 * back from a copy is seen.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_KEYS_H
#define KEEPER_KEYS_H

#include <stdbool.h>

#include "common/failure.h"
#include "keeper/seal.h"

typedef struct Keys Keys;

/* Names as texts of uuids. */
typedef struct KeyName
{
	const char *tenant;
	const char *owner;
	const char *payload;		/* NULL: the owner's own key */
} KeyName;

/* The directory must exist and be private; kek: 64 hex digits, the key that its keys are wrapped by (else
 * UP902).  It stays locked until keys_close. */
extern Keys *keys_open(const char *directory, const char *kek, Failure *failure) MUST_CHECK;
extern void keys_close(Keys *keys);

/* A payload's key, made when it is asked for first; UP902 for one that was shredded. */
extern bool keys_make(Keys *keys, const KeyName *name, unsigned char key[SEAL_KEY_SIZE],
					  Failure *failure) MUST_CHECK;

/* The same, which must be there. */
extern bool keys_get(Keys *keys, const KeyName *name, unsigned char key[SEAL_KEY_SIZE],
					 Failure *failure) MUST_CHECK;

/* Overwrites and removes a key, on disk before it returns; the mark stays. */
extern bool keys_shred(Keys *keys, const KeyName *name, Failure *failure) MUST_CHECK;

/* *there: a key of this name can be read. */
extern bool keys_there(Keys *keys, const KeyName *name, bool *there, Failure *failure) MUST_CHECK;

#endif							/* KEEPER_KEYS_H */
