/*
 * tree_api.c
 *		The SQL functions of trees: the C of sql/12_tree.sql.
 *
 * Order in the two that append: check the arguments, load the frontier, add leaf after leaf, give
 * back the new state as a row. Hashes are read straight from the array; the new leaf hashes are
 * written into one block that the result array copies.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "args.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tree.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

typedef struct HashList
{
	int			count;
	const uint8 **hashes;
} HashList;

PG_FUNCTION_INFO_V1(portarium_tree_append);
PG_FUNCTION_INFO_V1(portarium_tree_meta_append);
PG_FUNCTION_INFO_V1(portarium_tree_inclusion_proof);

static bytea *
bytes_of(const void *data, size_t len)
{
	bytea	   *bytes = palloc(VARHDRSZ + len);

	SET_VARSIZE(bytes, VARHDRSZ + len);
	memcpy(VARDATA(bytes), data, len);
	return bytes;
}

static ArrayType *
array_of_hashes(uint8 (*hashes)[SHA256_SIZE], int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(count, 1));

	for (int i = 0; i < count; i++)
		elements[i] = PointerGetDatum(bytes_of(hashes[i], SHA256_SIZE));
	return construct_array(elements, count, BYTEAOID, -1, false, TYPALIGN_INT);
}

/* The array's hashes in place; UP007 when one is missing or has another size. */
static HashList
hash_list(FunctionCallInfo fcinfo, int arg)
{
	HashList	list = {0};
	bool		good = !PG_ARGISNULL(arg);
	Datum	   *elements;
	bool	   *nulls;

	if (good)
	{
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), BYTEAOID, -1, false, TYPALIGN_INT,
						  &elements, &nulls, &list.count);
		list.hashes = palloc(sizeof(uint8 *) * Max(list.count, 1));
	}
	for (int i = 0; good && i < list.count; i++)
	{
		good = !nulls[i] && VARSIZE_ANY_EXHDR(DatumGetPointer(elements[i])) == SHA256_SIZE;
		if (good)
			list.hashes[i] = (const uint8 *) VARDATA_ANY(DatumGetPointer(elements[i]));
	}
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ARGUMENT),
				 errmsg("list of hashes has a member that is not 32 bytes long")));
	return list;
}

/* Arguments 0 and 1 of both append functions. */
static void
load_tree(FunctionCallInfo fcinfo, Tree *tree)
{
	int64		size = PG_ARGISNULL(0) ? -1 : PG_GETARG_INT64(0);
	bytea	   *frontier = PG_ARGISNULL(1) ? NULL : PG_GETARG_BYTEA_PP(1);

	if (frontier == NULL
		|| !tree_load(tree, size, VARDATA_ANY(frontier), VARSIZE_ANY_EXHDR(frontier)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ARGUMENT),
				 PG_ARGISNULL(0)
				 ? errmsg("frontier does not belong to a tree of size \"%s\"", "")
				 : errmsg("frontier does not belong to a tree of size \"%lld\"",
						  (long long) size)));
}

/* Of an empty tree, 32 zeros whatever is given. */
static void
last_leaf_arg(FunctionCallInfo fcinfo, const Tree *tree, uint8 last_leaf[SHA256_SIZE])
{
	bytea	   *given = PG_ARGISNULL(2) ? NULL : PG_GETARG_BYTEA_PP(2);
	bool		is_hash = given != NULL && VARSIZE_ANY_EXHDR(given) == SHA256_SIZE;

	if (PG_ARGISNULL(3) || PG_ARGISNULL(4) || (tree->size > 0 && !is_hash))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ARGUMENT),
				 errmsg("tree has no tenant, no epoch or no last leaf")));
	memset(last_leaf, 0, SHA256_SIZE);
	if (tree->size > 0)
		memcpy(last_leaf, VARDATA_ANY(given), SHA256_SIZE);
}

static void
hash_leaf(Sha256 *hash, const pg_uuid_t *tenant, int32 epoch, uint64 idx,
		  const uint8 *prev_leaf, const uint8 *entry_hash, uint8 leaf_hash[SHA256_SIZE])
{
	sha256_begin(hash);
	sha256_add(hash, "\0EVL1", 5);
	sha256_add(hash, tenant->data, UUID_LEN);
	sha256_add_int(hash, (uint32) epoch, 4);
	sha256_add_int(hash, idx, 8);
	sha256_add(hash, prev_leaf, SHA256_SIZE);
	sha256_add(hash, entry_hash, SHA256_SIZE);
	sha256_end(hash, leaf_hash);
}

static Datum
result_row(FunctionCallInfo fcinfo, Datum *values)
{
	TupleDesc	desc;
	bool		nulls[5] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type is not a row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * (size, frontier, last_leaf, tenant, epoch, entry_hashes) → (size, frontier, last_leaf, root,
 * leaf_hashes)
 */
Datum
portarium_tree_append(PG_FUNCTION_ARGS)
{
	Tree		tree;
	HashList	entries;
	uint8		last_leaf[SHA256_SIZE];
	uint8		root[SHA256_SIZE];
	uint8		(*leaves)[SHA256_SIZE];
	Sha256	   *hash = sha256_create();
	Datum		values[5];

	load_tree(fcinfo, &tree);
	entries = hash_list(fcinfo, 5);
	last_leaf_arg(fcinfo, &tree, last_leaf);
	leaves = palloc(sizeof(*leaves) * Max(entries.count, 1));
	for (int i = 0; i < entries.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		hash_leaf(hash, PG_GETARG_UUID_P(3), PG_GETARG_INT32(4), tree.size,
				  last_leaf, entries.hashes[i], leaves[i]);
		memcpy(last_leaf, leaves[i], SHA256_SIZE);
		tree_add(&tree, hash, last_leaf);
	}
	tree_root(&tree, hash, root);
	sha256_free(hash);
	values[0] = Int64GetDatum((int64) tree.size);
	values[1] = PointerGetDatum(bytes_of(tree.frontier, (size_t) tree.count * SHA256_SIZE));
	values[2] = PointerGetDatum(bytes_of(last_leaf, SHA256_SIZE));
	values[3] = PointerGetDatum(bytes_of(root, SHA256_SIZE));
	values[4] = PointerGetDatum(array_of_hashes(leaves, entries.count));
	PG_RETURN_DATUM(result_row(fcinfo, values));
}

/* (size, frontier, leaf_hashes) → (size, frontier, root) */
Datum
portarium_tree_meta_append(PG_FUNCTION_ARGS)
{
	Tree		tree;
	HashList	leaves;
	uint8		root[SHA256_SIZE];
	Sha256	   *hash = sha256_create();
	Datum		values[3];

	load_tree(fcinfo, &tree);
	leaves = hash_list(fcinfo, 2);
	for (int i = 0; i < leaves.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		tree_add(&tree, hash, leaves.hashes[i]);
	}
	tree_root(&tree, hash, root);
	sha256_free(hash);
	values[0] = Int64GetDatum((int64) tree.size);
	values[1] = PointerGetDatum(bytes_of(tree.frontier, (size_t) tree.count * SHA256_SIZE));
	values[2] = PointerGetDatum(bytes_of(root, SHA256_SIZE));
	PG_RETURN_DATUM(result_row(fcinfo, values));
}

/* One level up: pairs become nodes, a node without a partner goes up as it is. Works in place. */
static int
next_level(Sha256 *hash, uint8 (*level)[SHA256_SIZE], int count)
{
	for (int i = 0; i + 1 < count; i += 2)
		tree_node(hash, level[i], level[i + 1], level[i / 2]);
	if (count % 2 == 1)
		memmove(level[count / 2], level[count - 1], SHA256_SIZE);
	return count / 2 + count % 2;
}

static ArrayType *
inclusion_proof(HashList leaves, int64 idx)
{
	uint8		(*level)[SHA256_SIZE] = palloc(SHA256_SIZE * (size_t) leaves.count);
	uint8		proof[TREE_MAX_FRONTIER][SHA256_SIZE];
	int			len = 0;
	Sha256	   *hash = sha256_create();

	for (int i = 0; i < leaves.count; i++)
		memcpy(level[i], leaves.hashes[i], SHA256_SIZE);
	for (int count = leaves.count; count > 1; count = next_level(hash, level, count))
	{
		CHECK_FOR_INTERRUPTS();
		if ((idx ^ 1) < count)
			memcpy(proof[len++], level[idx ^ 1], SHA256_SIZE);
		idx >>= 1;
	}
	sha256_free(hash);
	return array_of_hashes(proof, len);
}

Datum
portarium_tree_inclusion_proof(PG_FUNCTION_ARGS)
{
	HashList	leaves;
	int64		idx;

	if (args_have_null(fcinfo))
		PG_RETURN_NULL();
	leaves = hash_list(fcinfo, 0);
	idx = PG_GETARG_INT64(1);
	if (idx < 0 || idx >= leaves.count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ARGUMENT),
				 errmsg("index \"%lld\" is not in a tree of size \"%d\"",
						(long long) idx, leaves.count)));
	PG_RETURN_ARRAYTYPE_P(inclusion_proof(leaves, idx));
}
