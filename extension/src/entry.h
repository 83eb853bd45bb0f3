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
	const char *kind;
	Datum		actor;
	bytea	   *salt;
} Entry;

extern StringInfo entry_begin_text(void);
extern void entry_insert(RowWriter *entries, const Entry *entry, StringInfo canon);

#endif							/* PORTARIUM_ENTRY_H */
