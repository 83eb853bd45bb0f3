/*
 * witness.h: asking witnesses to sign a checkpoint, too (C2SP tlog-witness).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_WITNESS_H
#define NOTARY_WITNESS_H

#include "evidence/policy.h"
#include "store/store.h"

typedef struct Witnesses
{
	Policy		policy;
	uint64_t	seen[POLICY_PARTIES_MAX];	/* the size that each has signed, as far as we know */
} Witnesses;

/*
 * Asks each witness that has a URL; what they sign is appended to the note.  Too few for the policy's
 * quorum is a failure that may pass (08006).  The store must have the tiles of the log at this size.
 */
extern bool witness_ask(Witnesses *witnesses, Store *store, uint64_t size, char note[NOTE_MAX],
						Failure *failure) MUST_CHECK;

#endif							/* NOTARY_WITNESS_H */
