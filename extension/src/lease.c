/*
 * lease.c
 *		Leases that an executor gives back: found by their tokens, and deleted.
 *
 * Finding looks with the caller's snapshot and locks nothing. A lease that was renewed meanwhile is
 * deleted in its new form.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "lease.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

void
lease_open(LeaseBook *book, EState *estate, int32 executor, TimestampTz now)
{
	book->estate = estate;
	book->executor = executor;
	book->now = now;
	for (int i = 0; i < RING_SLOTS; i++)
		row_begin_read(&book->slots[i], psprintf("lease_%d", i));
}

/* Held by this executor, in force, for a result, and of no key that other jobs wait for. */
static bool
read_lease(const LeaseBook *book, RowReader *slot, const pg_uuid_t *run, Lease *lease)
{
	bool		is_null,
				asks_nothing,
				no_key;

	lease->tenant = *DatumGetUUIDP(row_get(slot, "tenant_id", &is_null));
	if (memcmp(DatumGetUUIDP(row_get(slot, "run_id", &is_null)), run, UUID_LEN) != 0)
		return false;
	lease->epoch = DatumGetInt32(row_get(slot, "epoch", &is_null));
	if (DatumGetInt32(row_get(slot, "executor_id", &is_null)) != book->executor
		|| DatumGetTimestampTz(row_get(slot, "until", &is_null)) <= book->now)
		return false;
	(void) row_get(slot, "asks", &asks_nothing);
	lease->slot = slot;
	(void) row_get(slot, "key", &no_key);
	lease->tid = slot->row->t_self;
	return asks_nothing && no_key;
}

/* False: there is none, it is not this executor's, has run out, only asks for the result, or has a key. */
bool
lease_find(LeaseBook *book, const pg_uuid_t *run, int64 token, Lease *lease)
{
	RowKey		key = {"token", F_INT8EQ, Int64GetDatum(token), false};

	for (int i = 0; i < RING_SLOTS; i++)
	{
		RowReader  *slot = &book->slots[i];

		if (RelationGetNumberOfBlocks(slot->table) > 0
			&& row_find(slot, psprintf("lease_%d_token_idx", i), &key, 1))
			return read_lease(book, slot, run, lease);
	}
	return false;
}

/* The lease in the form that a renewal gave it; the renewal has ended. False: it was taken away. */
static bool
delete_renewed(LeaseBook *book, Lease *lease)
{
	Relation	table = lease->slot->table;
	TupleTableSlot *newest = table_slot_create(table, &book->estate->es_tupleTable);
	TM_FailureData failure;
	bool		is_null;
	Datum		until;

	if (table_tuple_lock(table, &lease->tid, GetActiveSnapshot(), newest,
						 GetCurrentCommandId(true), LockTupleExclusive, LockWaitBlock,
						 TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure) != TM_Ok)
		return false;
	until = slot_getattr(newest, get_attnum(RelationGetRelid(table), "until"), &is_null);
	if (DatumGetTimestampTz(until) <= book->now)
		return false;
	simple_table_tuple_delete(table, &newest->tts_tid, GetActiveSnapshot());
	return true;
}

/* False: it was taken away meanwhile. */
bool
lease_delete(LeaseBook *book, Lease *lease)
{
	TM_FailureData failure;
	TM_Result	result = table_tuple_delete(lease->slot->table, &lease->tid,
											GetCurrentCommandId(true), GetActiveSnapshot(),
											InvalidSnapshot, true, &failure, false);

	return result == TM_Ok || (result == TM_Updated && delete_renewed(book, lease));
}

void
lease_close(LeaseBook *book)
{
	for (int i = 0; i < RING_SLOTS; i++)
		row_end_read(&book->slots[i]);
}
