/*
 * entry.h: an entry as a bundle or a proof writes it, and its hashes.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_ENTRY_H
#define VERIFY_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "evidence/record.h"
#include "verify/fields.h"

/* Whose log, and where in it. */
typedef struct EntryPlace
{
	unsigned char tenant[UUID_SIZE];
	uint32_t	epoch;
	uint64_t	idx;
	unsigned char prev_leaf[DIGEST_SIZE];
} EntryPlace;

/*
 * Computes the entry's hash from its members and its leaf's hash from the place, compares both with
 * what is written, and gives the leaf's hash and the entry's time.
 */
extern bool entry_check(const Fields *fields, const EntryPlace *place,
						unsigned char leaf_hash[DIGEST_SIZE], int64_t *at_us,
						Failure *failure) MUST_CHECK;

/* An entry of which only its hash is there: withheld, or disposed of. */
extern bool entry_check_absent(const Fields *fields, const EntryPlace *place,
							   unsigned char leaf_hash[DIGEST_SIZE], Failure *failure) MUST_CHECK;

/* The leaf's hash as it is written, of a line that stands for an entry; NULL for any other. */
extern const char *entry_leaf_text(const Fields *fields);

#endif							/* VERIFY_ENTRY_H */
