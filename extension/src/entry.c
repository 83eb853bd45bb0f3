/*
 * entry.c
 *		Writing evidence entries: their rows, sql/40_evidence.sql.
 *
 * The canonical text is written behind the room for its header, so it is not copied.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "entry.h"
#include "utils/builtins.h"

StringInfo
entry_begin_text(void)
{
	StringInfo	canon = makeStringInfo();

	appendStringInfoSpaces(canon, VARHDRSZ);
	return canon;
}

/* canon: begun by entry_begin_text. */
void
entry_insert(RowWriter *entries, const Entry *entry, StringInfo canon)
{
	uint64		xid = U64FromFullTransactionId(GetTopFullTransactionId());

	SET_VARSIZE(canon->data, canon->len);
	row_clear(entries);
	row_set(entries, "tenant_id", UUIDPGetDatum(entry->tenant));
	row_set(entries, "stream_id", UUIDPGetDatum(entry->stream));
	row_set(entries, "seq", Int32GetDatum(entry->seq));
	row_set(entries, "xid", Int64GetDatum((int64) xid));
	row_set(entries, "at", TimestampTzGetDatum(entry->at));
	row_set(entries, "kind", CStringGetTextDatum(entry->kind));
	row_set(entries, "actor", entry->actor);
	row_set(entries, "canon", PointerGetDatum(canon->data));
	row_set(entries, "salt", PointerGetDatum(entry->salt));
	row_insert(entries);
}
