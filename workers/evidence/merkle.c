/*
 * merkle.c: an RFC 6962 tree that is only appended to, and inclusion proofs in one.
 *
 * Appending a leaf is adding one to a binary number: as long as the lowest bit of the size is set,
 * the last subtree and the new one become one of twice the size.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "evidence/merkle.h"

#include <string.h>

void
merkle_init(Merkle *tree)
{
	tree->size = 0;
	tree->n = 0;
}

unsigned
merkle_nodes(uint64_t size)
{
	return (unsigned) __builtin_popcountll(size);
}

bool
merkle_node(const unsigned char *left, const unsigned char *right, unsigned char node[DIGEST_SIZE])
{
	unsigned char bytes[1 + 2 * DIGEST_SIZE] = {0x01};

	memcpy(bytes + 1, left, DIGEST_SIZE);
	memcpy(bytes + 1 + DIGEST_SIZE, right, DIGEST_SIZE);
	return digest_sha256(bytes, sizeof(bytes), node);
}

bool
merkle_append_subtree(Merkle *tree, unsigned level, const unsigned char root[DIGEST_SIZE])
{
	const uint64_t leaves = UINT64_C(1) << level;
	unsigned char subtree[DIGEST_SIZE];
	unsigned	n = tree->n;

	if (level >= MERKLE_DEPTH || tree->size > INT64_MAX - leaves || tree->size % leaves != 0)
		return false;
	memcpy(subtree, root, DIGEST_SIZE);
	for (uint64_t bits = tree->size >> level; (bits & 1) != 0; bits >>= 1)
	{
		n--;
		if (!merkle_node(tree->node[n], subtree, subtree))
			return false;
	}
	memcpy(tree->node[n], subtree, DIGEST_SIZE);
	tree->n = n + 1;
	tree->size += leaves;
	return true;
}

bool
merkle_append(Merkle *tree, const unsigned char leaf[DIGEST_SIZE])
{
	return merkle_append_subtree(tree, 0, leaf);
}

bool
merkle_root(const Merkle *tree, unsigned char root[DIGEST_SIZE])
{
	if (tree->n == 0)
		return digest_sha256("", 0, root);
	memcpy(root, tree->node[tree->n - 1], DIGEST_SIZE);
	for (unsigned i = tree->n - 1; i > 0; i--)
	{
		if (!merkle_node(tree->node[i - 1], root, root))
			return false;
	}
	return true;
}

/* fn and sn are the leaf's and the last leaf's position on the level that the walk has reached. */
bool
merkle_proof_root(uint64_t index, uint64_t size, const unsigned char leaf[DIGEST_SIZE],
				  const unsigned char (*proof)[DIGEST_SIZE], size_t n_proof,
				  unsigned char root[DIGEST_SIZE])
{
	uint64_t	fn = index;
	uint64_t	sn = size - 1;

	if (size == 0 || index >= size)
		return false;
	memcpy(root, leaf, DIGEST_SIZE);
	for (size_t i = 0; i < n_proof; i++)
	{
		bool		left = (fn & 1) != 0 || fn == sn;

		if (sn == 0)
			return false;
		if (!(left ? merkle_node(proof[i], root, root) : merkle_node(root, proof[i], root)))
			return false;
		while (left && (fn & 1) == 0 && fn != 0)
		{
			fn >>= 1;
			sn >>= 1;
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0;
}

/* Both trees from the node where their ways part up to the roots; fn and sn as above, of their last leaves. */
static bool
merkle_climb(uint64_t fn, uint64_t sn, MerkleEnd *roots, const unsigned char (*proof)[DIGEST_SIZE],
			 size_t n_proof)
{
	unsigned char *fr = roots[0].root;
	unsigned char *sr = roots[1].root;

	for (size_t i = 0; i < n_proof; i++)
	{
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn)
		{
			if (!merkle_node(proof[i], fr, fr) || !merkle_node(proof[i], sr, sr))
				return false;
			for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
				sn >>= 1;
		}
		else if (!merkle_node(sr, proof[i], sr))
			return false;
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0;
}

bool
merkle_consistent(const MerkleEnd *first, const MerkleEnd *second,
				  const unsigned char (*proof)[DIGEST_SIZE], size_t n_proof)
{
	const bool	whole = (first->size & (first->size - 1)) == 0;
	uint64_t	fn = first->size - 1;
	uint64_t	sn = second->size - 1;
	MerkleEnd	roots[2];

	if (first->size == 0)
		return n_proof == 0;
	if (first->size >= second->size)
		return first->size == second->size && n_proof == 0 &&
			memcmp(first->root, second->root, DIGEST_SIZE) == 0;
	for (; (fn & 1) != 0; fn >>= 1)
		sn >>= 1;
	if (!whole && n_proof == 0)
		return false;
	memcpy(roots[0].root, whole ? first->root : proof[0], DIGEST_SIZE);
	memcpy(roots[1].root, roots[0].root, DIGEST_SIZE);
	return merkle_climb(fn, sn, roots, whole ? proof : proof + 1, whole ? n_proof : n_proof - 1) &&
		memcmp(roots[0].root, first->root, DIGEST_SIZE) == 0 &&
		memcmp(roots[1].root, second->root, DIGEST_SIZE) == 0;
}
