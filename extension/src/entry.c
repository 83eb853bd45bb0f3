/*
 * entry.c
 *		Writing evidence entries: their rows, sql/40_evidence.sql, and what tells the sealer of those
 *		away from the shared tables, sql/25_stir.sql.
 *
 * The canonical text is written behind the room for its header, so it is not copied.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "args.h"
#include "catalog/namespace.h"
#include "context.h"
#include "entry.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "hash.h"
#include "utils/builtins.h"
#include "wake.h"

/* How the path of a call begins that is at home elsewhere: portarium_int.is_away(). */
#define AWAY "pg_catalog, pt_"

PG_FUNCTION_INFO_V1(portarium_entry_append);

static Datum
transaction_id(void)
{
	return Int64GetDatum((int64) U64FromFullTransactionId(GetTopFullTransactionId()));
}

StringInfo
entry_begin_text(void)
{
	StringInfo	canon = makeStringInfo();

	appendStringInfoSpaces(canon, VARHDRSZ);
	return canon;
}

void
entry_add_text(StringInfo canon, const text *piece)
{
	appendBinaryStringInfo(canon, VARDATA_ANY(piece), VARSIZE_ANY_EXHDR(piece));
}

/* canon: begun by entry_begin_text. */
Datum
entry_end_text(StringInfo canon)
{
	SET_VARSIZE(canon->data, canon->len);
	return PointerGetDatum(canon->data);
}

void
entry_insert(RowWriter *entries, const Entry *entry, Datum canon)
{
	row_clear(entries);
	row_set(entries, "tenant_id", UUIDPGetDatum(entry->tenant));
	row_set(entries, "stream_id", UUIDPGetDatum(entry->stream));
	row_set(entries, "seq", Int32GetDatum(entry->seq));
	row_set(entries, "xid", transaction_id());
	row_set(entries, "at", TimestampTzGetDatum(entry->at));
	row_set(entries, "kind", entry->kind);
	row_set(entries, "actor", entry->actor);
	row_set(entries, "canon", canon);
	row_set(entries, "salt", PointerGetDatum(entry->salt));
	row_insert(entries);
}

/* Nothing to be told of the shared tables, where the sealer looks by itself. */
void
entry_tell_sealer(EState *estate, const pg_uuid_t *tenant, int32 entries)
{
	RowWriter	row;

	if (strncmp(namespace_search_path, AWAY, strlen(AWAY)) != 0)
		return;
	row_begin_write(&row, "stirred", estate);
	row_set(&row, "tenant_id", UUIDPGetDatum(tenant));
	row_set(&row, "xid", transaction_id());
	row_set(&row, "entries", Int32GetDatum(entries));
	row_insert(&row);
	row_end_write(&row);
}

static void
append(const Entry *entry, Datum canon)
{
	EState	   *estate = CreateExecutorState();
	MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
	RowWriter	row;

	row_begin_write(&row, "entry", estate);
	entry_insert(&row, entry, canon);
	entry_tell_sealer(estate, entry->tenant, 1);
	row_end_write(&row);
	ExecResetTupleTable(estate->es_tupleTable, false);
	MemoryContextSwitchTo(caller);
	FreeExecutorState(estate);
	CommandCounterIncrement();
	wake_note();
}

/* portarium_int.append(). */
Datum
portarium_entry_append(PG_FUNCTION_ARGS)
{
	Entry		entry;

	if (args_have_null(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("entry lacks something")));
	entry.tenant = PG_GETARG_UUID_P(0);
	entry.stream = PG_GETARG_UUID_P(1);
	entry.seq = PG_GETARG_INT32(2);
	entry.at = GetCurrentTimestamp();
	entry.kind = PG_GETARG_DATUM(3);
	entry.actor = PG_GETARG_DATUM(4);
	entry.salt = PG_GETARG_BYTEA_P(6);
	context_require_tenant(entry.tenant);
	append(&entry, PG_GETARG_DATUM(5));
	return DirectFunctionCall8(portarium_hash_entry, PG_GETARG_DATUM(6), PG_GETARG_DATUM(0),
							   PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), TimestampTzGetDatum(entry.at),
							   entry.kind, entry.actor, PG_GETARG_DATUM(5));
}
