/*
 * tree.h
 *		Growing an RFC 6962 tree from its frontier.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_TREE_H
#define PORTARIUM_TREE_H

#include "sha256.h"

#define TREE_MAX_FRONTIER 64

/*
 * The roots of the perfect subtrees, largest first: as many as the size has bits set.
 */
typedef struct Tree
{
	uint64		size;
	int			count;
	uint8		frontier[TREE_MAX_FRONTIER][SHA256_SIZE];
} Tree;

extern bool tree_load(Tree *tree, int64 size, const void *frontier, size_t len);
extern void tree_add(Tree *tree, Sha256 *hash, const uint8 leaf_hash[SHA256_SIZE]);
extern void tree_root(const Tree *tree, Sha256 *hash, uint8 root[SHA256_SIZE]);
extern void tree_node(Sha256 *hash, const uint8 *left, const uint8 *right, uint8 node[SHA256_SIZE]);

#endif							/* PORTARIUM_TREE_H */
