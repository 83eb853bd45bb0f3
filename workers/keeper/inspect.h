/*
 * inspect.h: is everything as the keeper has left it?
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_INSPECT_H
#define KEEPER_INSPECT_H

#include "keeper/duties.h"

/*
 * Looks at some more of what is kept: whether each object is there once, unhidden, locked and held as it
 * was left, and whether no key that was shredded is there again.  Objects of the sample are also read and
 * hashed.  What was found goes to the database and into the inspection; a failure is not a finding.
 * *done: that was all of this tenant's.
 */
extern bool inspect(Keeper *keeper, Inspection *inspection, bool *done, Failure *failure) MUST_CHECK;

/* Whether a payload, by its id, is in the sample of so many of a hundred. */
extern bool inspect_sampled(const unsigned char seed[DIGEST_SIZE], int percent, const char *payload,
							bool *sampled) MUST_CHECK;

#endif							/* KEEPER_INSPECT_H */
