/*
 * statistics.c
 *		What the database's worker has counted, for SQL.
 *
 * The counts are read one by one while the worker goes on; each is right, and they need not be of
 * the same moment.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "shared.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#define COUNTS 5

PG_FUNCTION_INFO_V1(portarium_clock_counts);

/* Without shared memory nobody has counted. */
Datum
portarium_clock_counts(PG_FUNCTION_ARGS)
{
	DatabaseSlot *slot = shared_slot(MyDatabaseId, false);
	Datum		counts[COUNTS];
	uint64		ticked_at;

	if (slot == NULL || (ticked_at = pg_atomic_read_u64(&slot->ticked_at)) == 0)
		PG_RETURN_NULL();
	counts[0] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->ticks));
	counts[1] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->failures));
	counts[2] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->busy_us));
	counts[3] = Int64GetDatum(Max(GetCurrentTimestamp() - (TimestampTz) ticked_at, 0));
	counts[4] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->generation));
	PG_RETURN_ARRAYTYPE_P(construct_array(counts, COUNTS, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
