/*
 * trust.h: the keys that a verifier goes by.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_TRUST_H
#define VERIFY_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"
#include "evidence/note.h"

#define TRUST_KEYS_MAX 16

typedef struct Trust
{
	size_t		n;
	bool		given;			/* by the caller; evidence may not add to them */
	NoteKey		key[TRUST_KEYS_MAX];
} Trust;

/* Adds a key that the evidence brings along; not when keys were given. */
extern bool trust_evidence(Trust *trust, const char *vkey, Failure *failure) MUST_CHECK;

/* Adds a vkey, or every line of a file of vkeys. */
extern bool trust_argument(Trust *trust, const char *argument, Failure *failure) MUST_CHECK;

/* The first key that signed the note; NULL when none did, or when a line forges one of them. */
extern const NoteKey *trust_signer(const Trust *trust, const char *note,
								   Failure *failure) MUST_CHECK;

#endif							/* VERIFY_TRUST_H */
