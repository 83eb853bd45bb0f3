/*
 * row.c
 *		Rows of our own tables, read and written without a query.
 *
 * Starting an executor costs more than all that a single insert does, so the hottest paths write
 * their rows here. Constraints are checked and indexes kept as an INSERT would; no policy applies and
 * no privilege is asked for, so the caller answers for the tenant of what it writes. Columns that are
 * not set are null: defaults are not computed.
 *
 * New rows are kept back until there are ROW_MAX_PENDING, somebody flushes them or the writer ends; those
 * of one page then are one WAL record, which is a third of what the records of single rows are.
 *
 * Tables are found by search_path, like those of the functions around. Each is locked until the
 * transaction ends, as by a query. A reader sees what its caller's query sees; what a writer has
 * inserted is seen from the next command on.
 *
 * Memory: a writer's slots live in its estate's query context; a kept row is copied into them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
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

void
row_begin_read(RowReader *reader, const char *table)
{
	reader->table = open_table(table, AccessShareLock);
	reader->scan = NULL;
	reader->index = NULL;
	reader->row = NULL;
	reader->near = 0;
}

static void
set_scan_key(RowReader *reader, const RowKey *key, ScanKey scan_key)
{
	AttrNumber	number = column_number(reader->table, key->column, &reader->near);

	ScanKeyInit(scan_key, number,
				key->or_more ? BTGreaterEqualStrategyNumber : BTEqualStrategyNumber,
				key->compares, key->value);
	scan_key->sk_collation = TupleDescAttr(RelationGetDescr(reader->table),
										   number - 1)->attcollation;
}

static void
end_scan(RowReader *reader)
{
	if (reader->index != NULL)
	{
		systable_endscan_ordered(reader->scan);
		index_close(reader->index, AccessShareLock);
	}
	else if (reader->scan != NULL)
		systable_endscan(reader->scan);
	reader->scan = NULL;
	reader->index = NULL;
}

static void
set_scan_keys(RowReader *reader, const RowKey *keys, int key_count, ScanKey scan_keys)
{
	end_scan(reader);
	for (int i = 0; i < key_count; i++)
		set_scan_key(reader, &keys[i], &scan_keys[i]);
}

/* The first row with these keys. index: NULL for the primary key; without keys the table is read. */
bool
row_find(RowReader *reader, const char *index, const RowKey *keys, int key_count)
{
	ScanKeyData scan_keys[INDEX_MAX_KEYS];
	Oid			used = InvalidOid;

	set_scan_keys(reader, keys, key_count, scan_keys);
	if (key_count > 0)
		used = index == NULL ? compat_primary_key(reader->table)
			: index_named(reader->table, index);
	reader->scan = systable_beginscan(reader->table, used, key_count > 0, GetActiveSnapshot(),
									  key_count, scan_keys);
	return row_next(reader);
}

/* As row_find, and the rows that follow come in the order of the index. */
bool
row_scan(RowReader *reader, const char *index, const RowKey *keys, int key_count)
{
	ScanKeyData scan_keys[INDEX_MAX_KEYS];

	set_scan_keys(reader, keys, key_count, scan_keys);
	reader->index = index_open(index_named(reader->table, index), AccessShareLock);
	reader->scan = systable_beginscan_ordered(reader->table, reader->index, GetActiveSnapshot(),
											  key_count, scan_keys);
	return row_next(reader);
}

bool
row_next(RowReader *reader)
{
	reader->row = reader->index != NULL
		? systable_getnext_ordered(reader->scan, ForwardScanDirection)
		: systable_getnext(reader->scan);
	return reader->row != NULL;
}

Datum
row_get(RowReader *reader, const char *column, bool *is_null)
{
	return heap_getattr(reader->row, column_number(reader->table, column, &reader->near),
						RelationGetDescr(reader->table), is_null);
}

/* Stays when the next row is asked for. */
Datum
row_get_copy(RowReader *reader, const char *column, bool by_value, bool *is_null)
{
	Datum		value = row_get(reader, column, is_null);

	if (*is_null || by_value)
		return value;
	return PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
}

void
row_end_read(RowReader *reader)
{
	end_scan(reader);
	table_close(reader->table, NoLock);
}

static void
next_slot(RowWriter *writer)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->estate->es_query_cxt);

	if (writer->pending == writer->slot_count)
		writer->slots[writer->slot_count++] = table_slot_create(writer->table,
																&writer->estate->es_tupleTable);
	writer->slot = writer->slots[writer->pending];
	MemoryContextSwitchTo(caller);
}

void
row_begin_write(RowWriter *writer, const char *table, EState *estate)
{
	writer->table = open_table(table, RowExclusiveLock);
	writer->estate = estate;
	writer->target = makeNode(ResultRelInfo);
	writer->slot_count = 0;
	writer->pending = 0;
	InitResultRelInfo(writer->target, writer->table, 0, NULL, 0);
	ExecOpenIndices(writer->target, false);
	next_slot(writer);
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

static void
check_row(RowWriter *writer)
{
	if (RelationGetDescr(writer->table)->constr != NULL)
		ExecConstraints(writer->target, writer->slot, writer->estate);
	if (writer->table->rd_rel->relispartition)
		ExecPartitionCheck(writer->target, writer->slot, writer->estate, true);
	ResetPerTupleExprContext(writer->estate);
}

/* Writes what row_insert has kept back. */
void
row_flush(RowWriter *writer)
{
	if (writer->pending == 0)
		return;
	table_multi_insert(writer->table, writer->slots, writer->pending, GetCurrentCommandId(true), 0,
					   NULL);
	for (int i = 0; i < writer->pending; i++)
	{
		compat_insert_index_tuples(writer->target, writer->slots[i], writer->estate);
		ResetPerTupleExprContext(writer->estate);
	}
	writer->pending = 0;
	next_slot(writer);
}

void
row_insert(RowWriter *writer)
{
	if (writer->target->ri_TrigDesc != NULL)
		elog(ERROR, "relation \"%s\" has triggers", RelationGetRelationName(writer->table));
	ExecStoreVirtualTuple(writer->slot);
	check_row(writer);
	ExecMaterializeSlot(writer->slot);
	if (++writer->pending == ROW_MAX_PENDING)
		row_flush(writer);
	else
		next_slot(writer);
}

/*
 * The newest version of the row with this primary key, locked, after whoever changes it has ended;
 * NULL when there is none. Lives as long as the writer's estate.
 */
TupleTableSlot *
row_lock(RowWriter *writer, const RowKey *keys, int key_count)
{
	TupleTableSlot *locked = table_slot_create(writer->table, &writer->estate->es_tupleTable);

	row_clear(writer);
	for (int i = 0; i < key_count; i++)
		row_set(writer, keys[i].column, keys[i].value);
	ExecStoreVirtualTuple(writer->slot);
	if (!RelationFindReplTupleByIndex(writer->table, compat_primary_key(writer->table),
									  LockTupleNoKeyExclusive, writer->slot, locked))
		return NULL;
	return locked;
}

/* The newest version of a row that was read, locked; NULL when that would mean waiting, or it is gone. */
TupleTableSlot *
row_try_lock(RowWriter *writer, ItemPointer tid)
{
	TupleTableSlot *locked = table_slot_create(writer->table, &writer->estate->es_tupleTable);
	TM_FailureData failure;
	TM_Result	result = table_tuple_lock(writer->table, tid, GetActiveSnapshot(), locked,
										  GetCurrentCommandId(true), LockTupleNoKeyExclusive,
										  LockWaitSkip, TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure);

	return result == TM_Ok ? locked : NULL;
}

Datum
row_locked_get(RowWriter *writer, TupleTableSlot *locked, const char *column, bool *is_null)
{
	return slot_getattr(locked, column_number(writer->table, column, &writer->near), is_null);
}

/* What row_update will write, until it is changed: the row as it is. */
void
row_begin_update(RowWriter *writer, TupleTableSlot *locked)
{
	int			size = locked->tts_tupleDescriptor->natts;

	slot_getallattrs(locked);
	row_clear(writer);
	memcpy(writer->slot->tts_values, locked->tts_values, sizeof(Datum) * size);
	memcpy(writer->slot->tts_isnull, locked->tts_isnull, sizeof(bool) * size);
}

void
row_set_null(RowWriter *writer, const char *column)
{
	writer->slot->tts_isnull[column_number(writer->table, column, &writer->near) - 1] = true;
}

void
row_update(RowWriter *writer, TupleTableSlot *locked)
{
	EPQState	recheck;

	EvalPlanQualInit(&recheck, writer->estate, NULL, NIL, -1);
	ExecStoreVirtualTuple(writer->slot);
	ExecSimpleRelationUpdate(writer->target, writer->estate, &recheck, locked, writer->slot);
	ResetPerTupleExprContext(writer->estate);
}

void
row_end_write(RowWriter *writer)
{
	row_flush(writer);
	ExecCloseIndices(writer->target);
	table_close(writer->table, NoLock);
}
