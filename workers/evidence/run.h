/*
 * run.h: consecutive leaves of an RFC 6962 tree, hashed before the tree in front of them is known.
 *
 * Only what is aligned is a subtree of the tree, so a run is at most two of each size: they rise to its middle
 * and fall behind it.  Runs are made side by side, by threads of their own, and added to the tree in order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVIDENCE_RUN_H
#define EVIDENCE_RUN_H

#include "evidence/merkle.h"

typedef struct RunPart
{
	unsigned	level;			/* a subtree of 2^level leaves */
	unsigned char hash[DIGEST_SIZE];
} RunPart;

typedef struct Run
{
	uint64_t	first;			/* index of the first leaf */
	uint64_t	next;			/* of the one that comes next */
	unsigned	n;
	RunPart		part[2 * MERKLE_DEPTH];
} Run;

extern void run_init(Run *run, uint64_t first);

/* False only when hashing fails. */
extern bool run_append(Run *run, const unsigned char leaf[DIGEST_SIZE]) MUST_CHECK;

/* The run must begin where the tree ends; false when it does not, or hashing fails. */
extern bool run_join(Merkle *tree, const Run *run) MUST_CHECK;

#endif							/* EVIDENCE_RUN_H */
