/*
 * entry.h
 *		Writing evidence entries.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_ENTRY_H
#define PORTARIUM_ENTRY_H

#include "lib/stringinfo.h"
#include "row.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct Entry
{
	const pg_uuid_t *tenant;
	const pg_uuid_t *stream;
	int32		seq;
	TimestampTz at;
	Datum		kind;
	Datum		actor;
	bytea	   *salt;
} Entry;

extern StringInfo entry_begin_text(void);
extern void entry_add_text(StringInfo canon, const text *piece);
extern Datum entry_end_text(StringInfo canon);
extern void entry_insert(RowWriter *entries, const Entry *entry, Datum canon);
extern void entry_tell_sealer(EState *estate, const pg_uuid_t *tenant, int32 entries);

#endif							/* PORTARIUM_ENTRY_H */
