/*
 * test_tree.c
 *		tree.c: every state of the golden tree, and frontiers that are none.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "check.h"
#include "tree.h"
#include "vectors.h"

static bool
is_state(const Tree *tree, Sha256 *hash, json_t *state)
{
	uint8		frontier[TREE_MAX_FRONTIER * SHA256_SIZE];
	uint8		wanted[SHA256_SIZE];
	uint8		root[SHA256_SIZE];
	size_t		len = vectors_bytes(vectors_text(state, "frontier"), frontier, sizeof(frontier));

	vectors_bytes(vectors_text(state, "root"), wanted, sizeof(wanted));
	tree_root(tree, hash, root);
	return len == (size_t) tree->count * SHA256_SIZE && memcmp(frontier, tree->frontier, len) == 0
		&& memcmp(root, wanted, SHA256_SIZE) == 0;
}

static void
check_growth(json_t *states, Sha256 *hash)
{
	Tree		tree;
	size_t		i;
	json_t	   *state;

	CHECK("empty", tree_load(&tree, 0, "", 0));
	json_array_foreach(states, i, state)
	{
		uint8		leaf_hash[SHA256_SIZE];

		if (i > 0)
		{
			vectors_bytes(vectors_text(state, "leaf_hash"), leaf_hash, sizeof(leaf_hash));
			tree_add(&tree, hash, leaf_hash);
		}
		CHECK("state", tree.size == i && is_state(&tree, hash, state));
	}
}

static void
check_load(void)
{
	uint8		frontier[TREE_MAX_FRONTIER * SHA256_SIZE] = {0};
	Tree		tree;

	CHECK("size 3", tree_load(&tree, 3, frontier, 2 * SHA256_SIZE));
	CHECK("size 3, a hash short", !tree_load(&tree, 3, frontier, SHA256_SIZE));
	CHECK("size 3, a byte short", !tree_load(&tree, 3, frontier, 2 * SHA256_SIZE - 1));
	CHECK("negative size", !tree_load(&tree, -1, frontier, sizeof(frontier)));
	CHECK("largest size", tree_load(&tree, PG_INT64_MAX, frontier, 63 * SHA256_SIZE));
}

int
main(void)
{
	json_t	   *vectors = vectors_load("tree");
	Sha256	   *hash = sha256_create();

	check_growth(json_object_get(vectors, "states"), hash);
	check_load();
	sha256_free(hash);
	json_decref(vectors);
	return check_close();
}
