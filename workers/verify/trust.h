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
#include "evidence/policy.h"

#define TRUST_KEYS_MAX 16

typedef struct Trust
{
	size_t		n;
	bool		given;			/* by the caller; evidence may not add to them */
	NoteKey		key[TRUST_KEYS_MAX];
	const char *tsa_ca;			/* who vouches for time stamps, which must be there then; or NULL */
	bool		has_policy;
	Policy		policy;			/* of witnesses, once it has one */
} Trust;

/* Adds a key that the evidence brings along; not when keys were given. */
extern bool trust_evidence(Trust *trust, const char *vkey, Failure *failure) MUST_CHECK;

/* Adds a vkey, or every line of a file of vkeys. */
extern bool trust_argument(Trust *trust, const char *argument, Failure *failure) MUST_CHECK;

/* The logs, witnesses and quorum of a policy's file. */
extern bool trust_policy(Trust *trust, const char *path, Failure *failure) MUST_CHECK;

/* Have enough witnesses signed?  *witnesses: how many. */
extern bool trust_witnessed(const Trust *trust, const char *note, unsigned *witnesses,
							Failure *failure) MUST_CHECK;

/* The first key that signed the note; NULL when none did, or when a line forges one of them. */
extern const NoteKey *trust_signer(const Trust *trust, const char *note,
								   Failure *failure) MUST_CHECK;

#endif							/* VERIFY_TRUST_H */
