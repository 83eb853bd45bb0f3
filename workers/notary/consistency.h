/*
 * consistency.h: the proof that the log at one size is the beginning of the log at another.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_CONSISTENCY_H
#define NOTARY_CONSISTENCY_H

#include "evidence/merkle.h"
#include "store/store.h"

/* A proof of RFC 9162, 2.1.4, out of the tiles of a store that has them for size. */
extern bool consistency_proof(Store *store, uint64_t old_size, uint64_t size,
							  unsigned char proof[MERKLE_DEPTH + 1][DIGEST_SIZE], size_t *n_proof,
							  Failure *failure) MUST_CHECK;

#endif							/* NOTARY_CONSISTENCY_H */
