/*
 * row.h
 *		Rows of our own tables, read and written without a query.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_ROW_H
#define PORTARIUM_ROW_H

#include "access/genam.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

/* One condition of a lookup: column = value, or column >= value, by the function that "compares". */
typedef struct RowKey
{
	const char *column;
	RegProcedure compares;
	Datum		value;
	bool		or_more;
} RowKey;

typedef struct RowReader
{
	Relation	table;
	SysScanDesc scan;
	Relation	index;			/* NULL unless rows come in its order */
	HeapTuple	row;			/* NULL when there is none; valid until the next one is asked for */
	AttrNumber	near;			/* where the next column is looked for first */
} RowReader;

#define ROW_MAX_PENDING 100

typedef struct RowWriter
{
	Relation	table;
	EState	   *estate;
	ResultRelInfo *target;
	TupleTableSlot *slots[ROW_MAX_PENDING];
	TupleTableSlot *slot;		/* the row that is being made: the first slot that is not pending */
	int			slot_count;
	int			pending;
	AttrNumber	near;
} RowWriter;

extern void row_begin_read(RowReader *reader, const char *table);
extern bool row_find(RowReader *reader, const char *index, const RowKey *keys, int key_count);
extern bool row_scan(RowReader *reader, const char *index, const RowKey *keys, int key_count);
extern bool row_next(RowReader *reader);
extern Datum row_get(RowReader *reader, const char *column, bool *is_null);
extern Datum row_get_copy(RowReader *reader, const char *column, bool by_value, bool *is_null);
extern void row_end_read(RowReader *reader);

extern void row_begin_write(RowWriter *writer, const char *table, EState *estate);
extern void row_clear(RowWriter *writer);
extern void row_set(RowWriter *writer, const char *column, Datum value);
extern void row_insert(RowWriter *writer);
extern void row_flush(RowWriter *writer);
extern TupleTableSlot *row_lock(RowWriter *writer, const RowKey *keys, int key_count);
extern TupleTableSlot *row_try_lock(RowWriter *writer, ItemPointer tid);
extern Datum row_locked_get(RowWriter *writer, TupleTableSlot *locked, const char *column,
							bool *is_null);
extern void row_begin_update(RowWriter *writer, TupleTableSlot *locked);
extern void row_set_null(RowWriter *writer, const char *column);
extern void row_update(RowWriter *writer, TupleTableSlot *locked);
extern void row_end_write(RowWriter *writer);

#endif							/* PORTARIUM_ROW_H */
