/*
 * consistency.c: the proof that the log at one size is the beginning of the log at another.
 *
 * The hash of any run of leaves comes from the tiles: a whole, aligned run of a power of two is a node in
 * or above one tile; any other run is split as RFC 9162 splits a tree.  The last tile read is kept,
 * because neighbours ask for the same one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/consistency.h"

#include <string.h>

#include "notary/tiles.h"

#define CONSISTENCY_BITS 8

typedef struct Prover
{
	Store	   *store;
	uint64_t	size;
	int			level;			/* of the tile that is here; -1: none is */
	uint64_t	n;
	unsigned char hashes[TILES_WIDTH * DIGEST_SIZE];
	Failure    *failure;
} Prover;

static bool
prover_load(Prover *self, int level, uint64_t n)
{
	const uint64_t nodes = self->size >> (CONSISTENCY_BITS * level);
	const size_t width = nodes - n * TILES_WIDTH < TILES_WIDTH ?
		(size_t) (nodes - n * TILES_WIDTH) : TILES_WIDTH;

	if (self->level == level && self->n == n)
		return true;
	self->level = -1;
	if (!tiles_read_tile(self->store, level, n, width, self->hashes, self->failure))
		return false;
	self->level = level;
	self->n = n;
	return true;
}

/* The node above the 2 ** height leaves from first on. */
static bool
prover_node(Prover *self, uint64_t first, unsigned height, unsigned char hash[DIGEST_SIZE])
{
	const int	level = (int) (height / CONSISTENCY_BITS);
	const uint64_t at = first >> (CONSISTENCY_BITS * level);
	const size_t run = (size_t) 1 << (height % CONSISTENCY_BITS);
	Merkle		tree;
	bool		ok = prover_load(self, level, at / TILES_WIDTH);

	merkle_init(&tree);
	for (size_t i = 0; ok && i < run; i++)
		ok = merkle_append(&tree, self->hashes + (at % TILES_WIDTH + i) * DIGEST_SIZE);
	return ok && merkle_root(&tree, hash);
}

/* The largest power of two below n. */
static unsigned
prover_split(uint64_t n)
{
	return 63 - (unsigned) __builtin_clzll(n - 1);
}

/* The root of the leaves from first to below end. */
static bool
prover_run(Prover *self, uint64_t first, uint64_t end, unsigned char hash[DIGEST_SIZE])
{
	const uint64_t n = end - first;
	unsigned char right[DIGEST_SIZE];
	unsigned	height;

	if ((n & (n - 1)) == 0)
		return prover_node(self, first, (unsigned) __builtin_ctzll(n), hash);
	height = prover_split(n);
	return prover_node(self, first, height, hash) &&
		prover_run(self, first + (UINT64_C(1) << height), end, right) &&
		merkle_node(hash, right, hash);
}

bool
consistency_proof(Store *store, uint64_t old_size, uint64_t size,
				  unsigned char proof[MERKLE_DEPTH + 1][DIGEST_SIZE], size_t *n_proof,
				  Failure *failure)
{
	Prover		self = {.store = store, .size = size, .level = -1, .failure = failure};
	unsigned char found[MERKLE_DEPTH + 1][DIGEST_SIZE];
	uint64_t	first = 0;
	uint64_t	end = size;
	size_t		n = 0;
	bool		ok = true;

	/* from the root down to where the old tree is whole; a proof begins at the other end */
	while (ok && old_size > 0 && old_size < end)
	{
		const uint64_t middle = first + (UINT64_C(1) << prover_split(end - first));

		ok = old_size <= middle ? prover_run(&self, middle, end, found[n]) :
			prover_run(&self, first, middle, found[n]);
		n++;
		if (old_size <= middle)
			end = middle;
		else
			first = middle;
	}
	if (ok && first > 0 && old_size > 0)
		ok = prover_run(&self, first, end, found[n++]);
	for (size_t i = 0; i < n; i++)
		memcpy(proof[i], found[n - 1 - i], DIGEST_SIZE);
	*n_proof = n;
	return ok;
}
