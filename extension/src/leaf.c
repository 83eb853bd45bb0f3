/*
 * leaf.c
 *		Writing the leaves of one tenant's log: portarium_int.put_leaves() of sql/41_leaf.sql.
 *
 * Order: the arrays are looked over, then one row for each of their places is written. The sealer holds
 * its cursor and says which tenant; whoever else calls needs the privilege to insert leaves.
 *
 * Memory: what the rows need lives in the executor state's context.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "args.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "row.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

/* The arguments from the fourth on. */
typedef struct Leaves
{
	int			count;
	Datum	   *streams;
	Datum	   *seqs;
	Datum	   *entry_hashes;
	Datum	   *leaf_hashes;
} Leaves;

PG_FUNCTION_INFO_V1(portarium_leaf_put);

static void
read_array(FunctionCallInfo fcinfo, int arg, Oid type, Datum **values, int *count)
{
	int			size;
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), type, length, by_value, align, values, NULL, &size);
	if (*count >= 0 && *count != size)
		elog(ERROR, "arrays of leaves differ in length");
	*count = size;
}

static void
read_leaves(FunctionCallInfo fcinfo, Leaves *leaves)
{
	leaves->count = -1;
	read_array(fcinfo, 3, UUIDOID, &leaves->streams, &leaves->count);
	read_array(fcinfo, 4, INT4OID, &leaves->seqs, &leaves->count);
	read_array(fcinfo, 5, BYTEAOID, &leaves->entry_hashes, &leaves->count);
	read_array(fcinfo, 6, BYTEAOID, &leaves->leaf_hashes, &leaves->count);
}

static void
require_privilege(Relation table)
{
	AclResult	result = pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_INSERT);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE, RelationGetRelationName(table));
}

static void
insert_leaf(FunctionCallInfo fcinfo, RowWriter *row, const Leaves *leaves, int at)
{
	row_clear(row);
	row_set(row, "tenant_id", PG_GETARG_DATUM(0));
	row_set(row, "epoch", PG_GETARG_DATUM(1));
	row_set(row, "idx", Int64GetDatum(PG_GETARG_INT64(2) + at));
	row_set(row, "stream_id", leaves->streams[at]);
	row_set(row, "seq", leaves->seqs[at]);
	row_set(row, "entry_hash", leaves->entry_hashes[at]);
	row_set(row, "leaf_hash", leaves->leaf_hashes[at]);
	row_set(row, "round", PG_GETARG_DATUM(7));
	row_insert(row);
}

/* (tenant, epoch, first index, streams, seqs, entry hashes, leaf hashes, round): how many. */
Datum
portarium_leaf_put(PG_FUNCTION_ARGS)
{
	EState	   *estate;
	MemoryContext caller;
	Leaves		leaves;
	RowWriter	row;

	if (args_have_null(fcinfo))
		elog(ERROR, "leaves lack something");
	estate = CreateExecutorState();
	caller = MemoryContextSwitchTo(estate->es_query_cxt);
	read_leaves(fcinfo, &leaves);
	row_begin_write(&row, "leaf", estate);
	require_privilege(row.table);
	for (int i = 0; i < leaves.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		insert_leaf(fcinfo, &row, &leaves, i);
	}
	row_end_write(&row);
	ExecResetTupleTable(estate->es_tupleTable, false);
	MemoryContextSwitchTo(caller);
	FreeExecutorState(estate);
	CommandCounterIncrement();
	PG_RETURN_INT32(leaves.count);
}
