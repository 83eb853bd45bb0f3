/*
 * row.c
 *		Rows of our own tables, read and written without a query.
 *
 * Starting an executor costs more than all that a single insert does, so the hottest paths write
 * their rows here. Constraints are checked and indexes kept as an INSERT would; no policy applies and
 * no privilege is asked for, so the caller answers for the tenant of what it writes. Columns that are
 * not set are null: defaults are not computed.
 *
 * Tables are found by search_path, like those of the functions around. Each is locked until the
 * transaction ends, as by a query. A reader sees what its caller's query sees; what a writer has
 * inserted is seen from the next command on.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "compat.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "row.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

static Relation
open_table(const char *name, LOCKMODE lock)
{
	return table_openrv(makeRangeVar(NULL, pstrdup(name), -1), lock);
}

/* Columns are asked for in their order, so the search goes on where the last one ended. */
static AttrNumber
column_number(Relation table, const char *name, AttrNumber *near)
{
	TupleDesc	desc = RelationGetDescr(table);

	for (int i = 0; i < desc->natts; i++)
	{
		AttrNumber	at = (*near + i) % desc->natts;
		Form_pg_attribute column = TupleDescAttr(desc, at);

		if (!column->attisdropped && strcmp(NameStr(column->attname), name) == 0)
		{
			*near = at + 1;
			return column->attnum;
		}
	}
	elog(ERROR, "column \"%s\" of relation \"%s\" does not exist",
		 name, RelationGetRelationName(table));
}

static Oid
index_named(Relation table, const char *name)
{
	Oid			index = get_relname_relid(name, RelationGetNamespace(table));

	if (!OidIsValid(index))
		elog(ERROR, "index \"%s\" does not exist", name);
	return index;
}

/* The first row with these keys. index: NULL for the primary key; without keys the table is read. */
void
row_begin_read(RowReader *reader, const char *table, const char *index,
			   const RowKey *keys, int key_count)
{
	ScanKeyData scan_keys[INDEX_MAX_KEYS];
	Oid			used = InvalidOid;

	reader->table = open_table(table, AccessShareLock);
	reader->near = 0;
	for (int i = 0; i < key_count; i++)
	{
		AttrNumber	number = column_number(reader->table, keys[i].column, &reader->near);

		ScanKeyInit(&scan_keys[i], number, BTEqualStrategyNumber, keys[i].equals, keys[i].value);
		scan_keys[i].sk_collation = TupleDescAttr(RelationGetDescr(reader->table),
												  number - 1)->attcollation;
	}
	if (key_count > 0)
		used = index == NULL ? compat_primary_key(reader->table)
			: index_named(reader->table, index);
	reader->scan = systable_beginscan(reader->table, used, key_count > 0, GetActiveSnapshot(),
									  key_count, scan_keys);
	reader->row = systable_getnext(reader->scan);
}

Datum
row_get(RowReader *reader, const char *column, bool *is_null)
{
	return heap_getattr(reader->row, column_number(reader->table, column, &reader->near),
						RelationGetDescr(reader->table), is_null);
}

void
row_end_read(RowReader *reader)
{
	systable_endscan(reader->scan);
	table_close(reader->table, NoLock);
}

void
row_begin_write(RowWriter *writer, const char *table, EState *estate)
{
	writer->table = open_table(table, RowExclusiveLock);
	writer->estate = estate;
	writer->target = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->target, writer->table, 0, NULL, 0);
	ExecOpenIndices(writer->target, false);
	writer->slot = table_slot_create(writer->table, &estate->es_tupleTable);
	row_clear(writer);
}

/* A new row, all of it null. */
void
row_clear(RowWriter *writer)
{
	ExecClearTuple(writer->slot);
	memset(writer->slot->tts_isnull, true, writer->slot->tts_tupleDescriptor->natts);
	writer->near = 0;
}

void
row_set(RowWriter *writer, const char *column, Datum value)
{
	AttrNumber	number = column_number(writer->table, column, &writer->near);

	writer->slot->tts_values[number - 1] = value;
	writer->slot->tts_isnull[number - 1] = false;
}

void
row_insert(RowWriter *writer)
{
	ExecStoreVirtualTuple(writer->slot);
	ExecSimpleRelationInsert(writer->target, writer->estate, writer->slot);
	ResetPerTupleExprContext(writer->estate);
}

void
row_end_write(RowWriter *writer)
{
	ExecCloseIndices(writer->target);
	table_close(writer->table, NoLock);
}
