/*
 * tree.c
 *		Growing an RFC 6962 tree from its frontier.
 *
 * Appending a leaf is adding one to a binary number: as long as the lowest bit of the size is set,
 * the last subtree joins the new one. No memory is allocated; the hash context is the caller's.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "tree.h"

/* False when the frontier is not that of a tree of this size. */
bool
tree_load(Tree *tree, int64 size, const void *frontier, size_t len)
{
	if (size < 0)
		return false;
	tree->size = (uint64) size;
	tree->count = __builtin_popcountll(tree->size);
	if (len != (size_t) tree->count * SHA256_SIZE)
		return false;
	memcpy(tree->frontier, frontier, len);
	return true;
}

void
tree_node(Sha256 *hash, const uint8 *left, const uint8 *right, uint8 node[SHA256_SIZE])
{
	sha256_begin(hash);
	sha256_add_int(hash, 0x01, 1);
	sha256_add(hash, left, SHA256_SIZE);
	sha256_add(hash, right, SHA256_SIZE);
	sha256_end(hash, node);
}

void
tree_add(Tree *tree, Sha256 *hash, const uint8 leaf_hash[SHA256_SIZE])
{
	uint8		node[SHA256_SIZE];

	memcpy(node, leaf_hash, SHA256_SIZE);
	for (uint64 bits = tree->size; bits & 1; bits >>= 1)
	{
		tree->count--;
		tree_node(hash, tree->frontier[tree->count], node, node);
	}
	memcpy(tree->frontier[tree->count++], node, SHA256_SIZE);
	tree->size++;
}

/* From the smallest subtree to the largest; of nothing, the hash of the empty string. */
void
tree_root(const Tree *tree, Sha256 *hash, uint8 root[SHA256_SIZE])
{
	if (tree->count == 0)
	{
		sha256_begin(hash);
		sha256_end(hash, root);
		return;
	}
	memcpy(root, tree->frontier[tree->count - 1], SHA256_SIZE);
	for (int i = tree->count - 2; i >= 0; i--)
		tree_node(hash, tree->frontier[i], root, root);
}
