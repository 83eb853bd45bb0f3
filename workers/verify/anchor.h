/*
 * anchor.h: the way from a tenant's root to a signature.
 *
 * tenant's root → meta leaf → inclusion proof → root of the meta-log → checkpoint → signature
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_ANCHOR_H
#define VERIFY_ANCHOR_H

#include <stdbool.h>

#include "common/failure.h"
#include "evidence/record.h"
#include "verify/fields.h"
#include "verify/report.h"
#include "verify/trust.h"

#define ANCHOR_PROOF_MAX 64

typedef struct Anchor
{
	MetaRecord	meta;
	uint64_t	index;			/* of the meta leaf */
	size_t		n_proof;
	unsigned char proof[ANCHOR_PROOF_MAX][DIGEST_SIZE];
} Anchor;

/* Reads hashes in hex; false when there are more than max or one is not a hash. */
extern bool anchor_hashes(const Field *list, size_t max, unsigned char (*hashes)[DIGEST_SIZE],
						  size_t *n, Failure *failure) MUST_CHECK;

/* Reads a meta line; tenant_hash and epoch of the record are the caller's. */
extern bool anchor_meta(const Fields *fields, Anchor *anchor, Failure *failure) MUST_CHECK;

/* Checks the proof and the signature; on success the report has checkpoint, key and signed_. */
extern bool anchor_checkpoint(const Anchor *anchor, const char *note, const Trust *trust,
							  Report *report, Failure *failure) MUST_CHECK;

#endif							/* VERIFY_ANCHOR_H */
