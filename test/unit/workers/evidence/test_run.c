/*
 * test_run.c: any run of leaves, joined to the tree in front of it, gives the tree that its leaves give.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "evidence/run.h"

#define LEAVES 70

static unsigned char leaves[LEAVES][DIGEST_SIZE];

/* The tree of the leaves from 0 to below size. */
static void
tree_of(size_t size, Merkle *tree)
{
	merkle_init(tree);
	for (size_t i = 0; i < size; i++)
		CHECK("append", merkle_append(tree, leaves[i]));
}

static void
run_of(size_t first, size_t end, Run *run)
{
	run_init(run, first);
	for (size_t i = first; i < end; i++)
		CHECK("append to the run", run_append(run, leaves[i]));
}

static void
check_range(size_t first, size_t end)
{
	Merkle		tree;
	Merkle		expected;
	Run			run;

	tree_of(first, &tree);
	tree_of(end, &expected);
	run_of(first, end, &run);
	CHECK("join", run_join(&tree, &run));
	CHECK("the same tree", tree.size == expected.size && tree.n == expected.n &&
		  memcmp(tree.node, expected.node, tree.n * sizeof(tree.node[0])) == 0);
}

static void
check_elsewhere(void)
{
	Merkle		tree;
	Run			run;

	tree_of(3, &tree);
	run_of(4, 8, &run);
	CHECK("a run that begins behind the tree's end", !run_join(&tree, &run));
	tree_of(8, &tree);
	CHECK("a run that begins before it", !run_join(&tree, &run));
	CHECK("a subtree that is not aligned", !merkle_append_subtree(&tree, 4, leaves[0]));
	CHECK("a subtree that is", merkle_append_subtree(&tree, 3, leaves[0]) && tree.size == 16);
	CHECK("a subtree that is too large", !merkle_append_subtree(&tree, MERKLE_DEPTH, leaves[0]));
}

int
main(void)
{
	for (size_t i = 0; i < LEAVES; i++)
		CHECK("leaf", digest_sha256(&i, sizeof(i), leaves[i]));
	for (size_t first = 0; first < LEAVES; first++)
	{
		for (size_t end = first; end <= LEAVES; end++)
			check_range(first, end);
	}
	check_elsewhere();
	return check_close();
}
