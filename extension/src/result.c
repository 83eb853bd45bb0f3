/*
 * result.c
 *		Acknowledgements that only end runs with a result, in a batch: portarium_int.take_results() of
 *		sql/64_exchange.sql.
 *
 * Order: read the acknowledgements; find their leases; lock their runs, in the order of their ids;
 * look whether each stands in a last state that gives its result as it is. Up to here nothing has
 * changed, and where anything is otherwise the whole batch is left to SQL. Then the leases are
 * deleted, the runs end, their entries are written. What is written is what the planner and the
 * mover would write (sql/60_plan.sql, 62_move.sql): the tests acknowledge the same through both.
 *
 * A lease that was renewed meanwhile is deleted in its new form. One that was taken away meanwhile
 * makes its acknowledgement stale: its run is left alone and named in the answer.
 *
 * Memory: everything lives in the executor state's context and goes with it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "ack.h"
#include "args.h"
#include "catalog/pg_type.h"
#include "entry.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "hash.h"
#include "miscadmin.h"
#include "payload.h"
#include "ring.h"
#include "row.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "wake.h"

/* An acknowledged job, from its lease and its run. */
typedef struct Job
{
	Ack			ack;
	RowReader  *lease_table;
	ItemPointerData lease;
	pg_uuid_t	tenant;
	int32		epoch;
	TupleTableSlot *run;
	char	   *state;			/* the last one, in the document's words */
} Job;

typedef struct Batch
{
	int32		executor;
	Datum		actor;
	TimestampTz now;
	EState	   *estate;
	RowReader	leases[RING_SLOTS];
	RowReader	states;
	RowWriter	runs;
	RowWriter	entries;
	Job		   *jobs;
	int			count;
} Batch;

PG_FUNCTION_INFO_V1(portarium_result_take);

static bool
text_is(Datum value, bool is_null, const char *wanted)
{
	text	   *given = is_null ? NULL : DatumGetTextPP(value);

	return given != NULL && VARSIZE_ANY_EXHDR(given) == strlen(wanted)
		&& memcmp(VARDATA_ANY(given), wanted, strlen(wanted)) == 0;
}

/* Held by this executor, in force, and for a result. */
static bool
read_lease(const Batch *batch, RowReader *table, Job *job)
{
	bool		is_null,
				asks_nothing;

	job->tenant = *DatumGetUUIDP(row_get(table, "tenant_id", &is_null));
	if (memcmp(DatumGetUUIDP(row_get(table, "run_id", &is_null)), &job->ack.run, UUID_LEN) != 0)
		return false;
	job->epoch = DatumGetInt32(row_get(table, "epoch", &is_null));
	if (DatumGetInt32(row_get(table, "executor_id", &is_null)) != batch->executor
		|| DatumGetTimestampTz(row_get(table, "until", &is_null)) <= batch->now)
		return false;
	(void) row_get(table, "asks", &asks_nothing);
	job->lease_table = table;
	job->lease = table->row->t_self;
	return asks_nothing;
}

static bool
find_lease(Batch *batch, Job *job)
{
	RowKey		key = {"token", F_INT8EQ, Int64GetDatum(job->ack.token), false};

	for (int slot = 0; slot < RING_SLOTS; slot++)
	{
		RowReader  *table = &batch->leases[slot];

		if (RelationGetNumberOfBlocks(table->table) > 0
			&& row_find(table, psprintf("lease_%d_token_idx", slot), &key, 1))
			return read_lease(batch, table, job);
	}
	return false;
}

static bool
run_column_is_null(Batch *batch, const Job *job, const char *column)
{
	bool		is_null;

	(void) row_locked_get(&batch->runs, job->run, column, &is_null);
	return is_null;
}

/* Standing where the lease found it, alone, with nothing that a last move would have to clear up. */
static bool
run_is_plain(Batch *batch, const Job *job)
{
	bool		is_null;
	Datum		state = row_locked_get(&batch->runs, job->run, "state", &is_null);
	Datum		epoch = row_locked_get(&batch->runs, job->run, "epoch", &is_null);

	return text_is(state, false, "RUNNING") && DatumGetInt32(epoch) == job->epoch
		&& run_column_is_null(batch, job, "parent_id")
		&& run_column_is_null(batch, job, "held")
		&& run_column_is_null(batch, job, "vars");
}

static bool
lock_run(Batch *batch, Job *job)
{
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&job->tenant), false},
		{"run_id", F_UUID_EQ, UUIDPGetDatum(&job->ack.run), false}
	};

	job->run = row_lock(&batch->runs, keys, lengthof(keys));
	return job->run != NULL && run_is_plain(batch, job);
}

static bool
ends_with_result(Batch *batch, Job *job)
{
	bool		is_null;
	Datum		state = row_locked_get(&batch->runs, job->run, "cur", &is_null);
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&job->tenant), false},
		{"def_id", F_INT4EQ, row_locked_get(&batch->runs, job->run, "def_id", &is_null), false},
		{"name", F_TEXTEQ, state, false}
	};

	if (!row_find(&batch->states, NULL, keys, lengthof(keys)))
		return false;
	job->state = TextDatumGetCString(state);
	return DatumGetBool(row_get(&batch->states, "ends_with_result", &is_null));
}

static bool
all_are_plain(Batch *batch)
{
	for (int i = 0; i < batch->count; i++)
	{
		Job		   *job = &batch->jobs[i];

		if (!payload_is_inline(PointerGetDatum(job->ack.output)) || !find_lease(batch, job))
			return false;
	}
	for (int i = 0; i < batch->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!lock_run(batch, &batch->jobs[i]) || !ends_with_result(batch, &batch->jobs[i]))
			return false;
	}
	return true;
}

/* The lease in the form that a renewal gave it; the renewal has ended. False: it was taken away. */
static bool
delete_renewed(Batch *batch, Job *job)
{
	RowReader  *table = job->lease_table;
	TupleTableSlot *newest = table_slot_create(table->table, &batch->estate->es_tupleTable);
	TM_FailureData failure;
	bool		is_null;
	Datum		until;

	if (table_tuple_lock(table->table, &job->lease, GetActiveSnapshot(), newest,
						 GetCurrentCommandId(true), LockTupleExclusive, LockWaitBlock,
						 TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure) != TM_Ok)
		return false;
	until = slot_getattr(newest, get_attnum(RelationGetRelid(table->table), "until"), &is_null);
	if (DatumGetTimestampTz(until) <= batch->now)
		return false;
	simple_table_tuple_delete(table->table, &newest->tts_tid, GetActiveSnapshot());
	return true;
}

static bool
delete_lease(Batch *batch, Job *job)
{
	TM_FailureData failure;
	TM_Result	result = table_tuple_delete(job->lease_table->table, &job->lease,
											GetCurrentCommandId(true), GetActiveSnapshot(),
											InvalidSnapshot, true, &failure, false);

	return result == TM_Ok || (result == TM_Updated && delete_renewed(batch, job));
}

static void
end_run(Batch *batch, Job *job)
{
	static const char *const cleared[] = {"retries", "data", "arg", "limits"};
	RowWriter  *run = &batch->runs;

	row_begin_update(run, job->run);
	row_set(run, "state", CStringGetTextDatum("SUCCEEDED"));
	row_set(run, "epoch", Int32GetDatum(job->epoch + 1));
	row_set(run, "attempt", Int32GetDatum(0));
	for (int i = 0; i < (int) lengthof(cleared); i++)
		row_set_null(run, cleared[i]);
	row_set(run, "output", PointerGetDatum(job->ack.output));
	row_set(run, "ended_at", TimestampTzGetDatum(batch->now));
	row_update(run, job->run);
}

/* In canonical form: the members in order, the name escaped as RFC 8785 wants. */
static StringInfo
entry_text(const Job *job, const bytea *salt)
{
	StringInfo	out = entry_begin_text();

	appendStringInfoString(out, "{\"out\":\"");
	hash_add_commitment(out, salt, job->ack.output);
	appendStringInfoString(out, "\",\"state\":");
	escape_json(out, job->state);
	appendStringInfo(out, ",\"token\":" INT64_FORMAT "}", job->ack.token);
	return out;
}

static void
add_entry(Batch *batch, Job *job)
{
	Entry		entry = {
		.tenant = &job->tenant,
		.stream = &job->ack.run,
		.seq = job->epoch + 1,
		.at = batch->now,
		.kind = CStringGetTextDatum("run.succeeded"),
		.actor = batch->actor,
		.salt = hash_salt()
	};

	entry_insert(&batch->entries, &entry, entry_end_text(entry_text(job, entry.salt)));
	entry_tell_sealer(batch->estate, &job->tenant, 1);
}

/* Returns how many were stale; their runs lead the list. */
static int
take_all(Batch *batch, Datum *stale)
{
	int			count = 0;

	for (int i = 0; i < batch->count; i++)
	{
		Job		   *job = &batch->jobs[i];

		CHECK_FOR_INTERRUPTS();
		if (!delete_lease(batch, job))
		{
			stale[count++] = UUIDPGetDatum(&job->ack.run);
			continue;
		}
		end_run(batch, job);
		add_entry(batch, job);
	}
	CommandCounterIncrement();
	wake_note();
	return count;
}

static void
open_tables(Batch *batch)
{
	for (int slot = 0; slot < RING_SLOTS; slot++)
		row_begin_read(&batch->leases[slot], psprintf("lease_%d", slot));
	row_begin_read(&batch->states, "definition_state");
	row_begin_write(&batch->runs, "run", batch->estate);
	row_begin_write(&batch->entries, "entry", batch->estate);
}

static void
close_tables(Batch *batch)
{
	ExecResetTupleTable(batch->estate->es_tupleTable, false);
	row_end_write(&batch->entries);
	row_end_write(&batch->runs);
	row_end_read(&batch->states);
	for (int slot = 0; slot < RING_SLOTS; slot++)
		row_end_read(&batch->leases[slot]);
}

/* The runs of stale acknowledgements; NULL when the batch is left to SQL. */
static ArrayType *
take(Batch *batch, const Ack *acks)
{
	ArrayType  *stale = NULL;
	Datum	   *runs = palloc(sizeof(Datum) * Max(batch->count, 1));

	batch->jobs = palloc0(sizeof(Job) * Max(batch->count, 1));
	for (int i = 0; i < batch->count; i++)
		batch->jobs[i].ack = acks[i];
	open_tables(batch);
	if (all_are_plain(batch))
		stale = construct_array(runs, take_all(batch, runs), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR);
	close_tables(batch);
	return stale;
}

/* (executor, its name, acknowledgements): the runs of those that are stale, or NULL. */
Datum
portarium_result_take(PG_FUNCTION_ARGS)
{
	Batch		batch = {0};
	Ack		   *acks;
	MemoryContext caller;
	ArrayType  *stale;

	if (args_have_null(fcinfo) || !ack_read_all(PG_GETARG_JSONB_P(2), &acks, &batch.count))
		PG_RETURN_NULL();
	batch.executor = PG_GETARG_INT32(0);
	batch.now = GetCurrentTimestamp();
	batch.estate = CreateExecutorState();
	caller = MemoryContextSwitchTo(batch.estate->es_query_cxt);
	batch.actor = CStringGetTextDatum(psprintf("executor:%s", TextDatumGetCString(PG_GETARG_DATUM(1))));
	stale = take(&batch, acks);
	MemoryContextSwitchTo(caller);
	if (stale != NULL)
		stale = DatumGetArrayTypePCopy(PointerGetDatum(stale));
	FreeExecutorState(batch.estate);
	if (stale == NULL)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(stale);
}
