/*
 * run.c: consecutive leaves of an RFC 6962 tree, hashed before the tree in front of them is known.
 *
 * A node is a right child where the bit of its level is set in the index of its last leaf.  Its sibling is the
 * part before it when that is of the same level; otherwise the sibling lies before the run, and the node waits.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "evidence/run.h"

#include <string.h>

void
run_init(Run *run, uint64_t first)
{
	run->first = first;
	run->next = first;
	run->n = 0;
}

bool
run_append(Run *run, const unsigned char leaf[DIGEST_SIZE])
{
	RunPart		node = {0};

	memcpy(node.hash, leaf, DIGEST_SIZE);
	for (; (run->next >> node.level & 1) != 0; node.level++)
	{
		if (run->n == 0 || run->part[run->n - 1].level != node.level)
			break;
		run->n--;
		if (!merkle_node(run->part[run->n].hash, node.hash, node.hash))
			return false;
	}
	run->part[run->n++] = node;
	run->next++;
	return true;
}

bool
run_join(Merkle *tree, const Run *run)
{
	if (tree->size != run->first)
		return false;
	for (unsigned i = 0; i < run->n; i++)
	{
		if (!merkle_append_subtree(tree, run->part[i].level, run->part[i].hash))
			return false;
	}
	return true;
}
