/*
 * merkle.h: an RFC 6962 tree that is only appended to, and inclusion proofs in one.
 *
 * A tree of any size is its frontier: the roots of its perfect subtrees, largest first, one for
 * each bit that is set in the size.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVIDENCE_MERKLE_H
#define EVIDENCE_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "common/failure.h"

/* sizes fit in a signed 64-bit number */
#define MERKLE_DEPTH 63

typedef struct Merkle
{
	uint64_t	size;
	unsigned	n;				/* nodes in use: the bits that are set in size */
	unsigned char node[MERKLE_DEPTH][DIGEST_SIZE];
} Merkle;

extern void merkle_init(Merkle *tree);

/* How many nodes the frontier of a tree of this size has. */
extern unsigned merkle_nodes(uint64_t size);

/* All of these are false only when hashing fails (or, for append, when the tree is full). */
extern bool merkle_append(Merkle *tree, const unsigned char leaf[DIGEST_SIZE]) MUST_CHECK;

/* A perfect subtree of 2^level leaves; false also when the tree's size is no multiple of that. */
extern bool merkle_append_subtree(Merkle *tree, unsigned level,
								  const unsigned char root[DIGEST_SIZE]) MUST_CHECK;
extern bool merkle_root(const Merkle *tree, unsigned char root[DIGEST_SIZE]) MUST_CHECK;

/* The hash of a node above two others. */
extern bool merkle_node(const unsigned char *left, const unsigned char *right,
						unsigned char node[DIGEST_SIZE]) MUST_CHECK;

/* A tree's size and root. */
typedef struct MerkleEnd
{
	uint64_t	size;
	unsigned char root[DIGEST_SIZE];
} MerkleEnd;

/* Does the proof show that the one tree is the beginning of the other (RFC 9162, 2.1.4.2)? */
extern bool merkle_consistent(const MerkleEnd *first, const MerkleEnd *second,
							  const unsigned char (*proof)[DIGEST_SIZE], size_t n_proof) MUST_CHECK;

/*
 * The root that a leaf at index and its proof give for a tree of this size (RFC 9162, 2.1.3.2).
 * False when the proof does not have the length that index and size ask for.
 */
extern bool merkle_proof_root(uint64_t index, uint64_t size, const unsigned char leaf[DIGEST_SIZE],
							  const unsigned char (*proof)[DIGEST_SIZE], size_t n_proof,
							  unsigned char root[DIGEST_SIZE]) MUST_CHECK;

#endif							/* EVIDENCE_MERKLE_H */
