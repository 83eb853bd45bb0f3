/*
 * test_merkle.c: inclusion proofs of every leaf of every small tree, against the recursive
 * definition of RFC 6962; and proofs that are not.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "evidence/merkle.h"

#define LEAVES 70

static unsigned char leaves[LEAVES][DIGEST_SIZE];

static void
node(const unsigned char *left, const unsigned char *right, unsigned char *out)
{
	unsigned char bytes[1 + 2 * DIGEST_SIZE] = {0x01};

	memcpy(bytes + 1, left, DIGEST_SIZE);
	memcpy(bytes + 1 + DIGEST_SIZE, right, DIGEST_SIZE);
	CHECK("hash", digest_sha256(bytes, sizeof(bytes), out));
}

static size_t
split(size_t n)
{
	size_t		k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static void
reference_root(size_t first, size_t n, unsigned char *out)
{
	unsigned char left[DIGEST_SIZE];
	unsigned char right[DIGEST_SIZE];

	if (n == 1)
	{
		memcpy(out, leaves[first], DIGEST_SIZE);
		return;
	}
	reference_root(first, split(n), left);
	reference_root(first + split(n), n - split(n), right);
	node(left, right, out);
}

static size_t
reference_proof(size_t index, size_t first, size_t n, unsigned char (*proof)[DIGEST_SIZE])
{
	size_t		k = split(n);
	size_t		len;

	if (n == 1)
		return 0;
	if (index < k)
	{
		len = reference_proof(index, first, k, proof);
		reference_root(first + k, n - k, proof[len]);
	}
	else
	{
		len = reference_proof(index - k, first + k, n - k, proof);
		reference_root(first, k, proof[len]);
	}
	return len + 1;
}

/* True when the proof leads to the expected root. */
static bool
leads(size_t index, size_t size, size_t leaf, unsigned char (*proof)[DIGEST_SIZE], size_t n,
	  const unsigned char *expected)
{
	unsigned char root[DIGEST_SIZE];

	return merkle_proof_root(index, size, leaves[leaf], (const unsigned char(*)[DIGEST_SIZE]) proof,
							 n, root) &&
		   memcmp(root, expected, DIGEST_SIZE) == 0;
}

static void
check_leaf(size_t index, size_t size, const unsigned char *root)
{
	unsigned char proof[MERKLE_DEPTH + 1][DIGEST_SIZE] = {{0}};
	const size_t n = reference_proof(index, 0, size, proof);

	CHECK("proof", leads(index, size, index, proof, n, root));
	CHECK("another leaf", !leads(index, size, (index + 1) % LEAVES, proof, n, root));
	CHECK("another index", size == 1 || !leads((index + 1) % size, size, index, proof, n, root));
	CHECK("index outside", !leads(size, size, index, proof, n, root));
	CHECK("a hash too many", !leads(index, size, index, proof, n + 1, root));
	CHECK("a hash too few", n == 0 || !leads(index, size, index, proof, n - 1, root));
	if (n > 0)
	{
		proof[n - 1][7] ^= 1;
		CHECK("a changed hash", !leads(index, size, index, proof, n, root));
	}
}

int
main(void)
{
	Merkle		tree;
	unsigned char root[DIGEST_SIZE];
	unsigned char expected[DIGEST_SIZE];

	merkle_init(&tree);
	CHECK("no tree has no leaf", !leads(0, 0, 0, leaves, 0, leaves[0]));
	for (size_t i = 0; i < LEAVES; i++)
		CHECK("leaf", digest_sha256(&i, sizeof(i), leaves[i]));
	for (size_t size = 1; size <= LEAVES; size++)
	{
		CHECK("append", merkle_append(&tree, leaves[size - 1]) && merkle_root(&tree, root));
		reference_root(0, size, expected);
		CHECK("root", memcmp(root, expected, DIGEST_SIZE) == 0);
		for (size_t index = 0; index < size; index++)
			check_leaf(index, size, root);
	}
	tree.size = INT64_MAX;
	CHECK("a full tree", !merkle_append(&tree, leaves[0]));
	return check_close();
}
