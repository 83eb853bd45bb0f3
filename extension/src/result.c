/*
 * result.c
 *		Acknowledgements with plain results, in a batch: portarium_int.take_results() of
 *		sql/64_exchange.sql.
 *
 * Order: read the acknowledgements; find their leases; lock their runs, in the order of their ids;
 * look whether the result ends each run, or leads to an action that was planned ahead (rule.c). Up to
 * here nothing has changed, and where anything is otherwise the whole batch is left to SQL. Then the
 * leases are deleted, the runs end or go on, their entries and next jobs are written. What is written is
 * what the planner and the mover would write (sql/60_plan.sql, 62_move.sql): the tests acknowledge the
 * same through both.
 *
 * A lease that was taken away meanwhile makes its acknowledgement stale: its run is left alone and named
 * in the answer.
 *
 * Memory: everything lives in the executor state's context and goes with it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "ack.h"
#include "args.h"
#include "catalog/pg_type.h"
#include "entry.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "hash.h"
#include "lease.h"
#include "miscadmin.h"
#include "payload.h"
#include "queue.h"
#include "row.h"
#include "rule.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "wake.h"
#include "words.h"

/* An acknowledged job, from its lease and its run. */
typedef struct Job
{
	Ack			ack;
	Lease		lease;
	int32		visit;			/* from now on */
	TupleTableSlot *run;
	const Rule *rule;
} Job;

/* Where the next jobs of one tenant and adapter go. */
typedef struct Lane
{
	pg_uuid_t	tenant;
	Datum		adapter;
	Queue	   *queue;
} Lane;

typedef struct Batch
{
	Datum		actor;
	TimestampTz now;
	EState	   *estate;
	LeaseBook	leases;
	RuleBook	rules;
	RowWriter	runs;
	RowWriter	entries;
	RowWriter	waypoints;
	List	   *lanes;
	Job		   *jobs;
	int			count;
} Batch;

PG_FUNCTION_INFO_V1(portarium_result_take);

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

	return word_is(state, "RUNNING") && DatumGetInt32(epoch) == job->lease.epoch
		&& run_column_is_null(batch, job, "parent_id")
		&& run_column_is_null(batch, job, "held")
		&& run_column_is_null(batch, job, "vars");
}

static bool
lock_run(Batch *batch, Job *job)
{
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&job->lease.tenant), false},
		{"run_id", F_UUID_EQ, UUIDPGetDatum(&job->ack.run), false}
	};

	job->run = row_lock(&batch->runs, keys, lengthof(keys));
	return job->run != NULL && run_is_plain(batch, job);
}

static Datum
run_column(Batch *batch, const Job *job, const char *column)
{
	bool		is_null;

	return row_locked_get(&batch->runs, job->run, column, &is_null);
}

/*
 * The next state keeps its input apart where it is not the run's, so that has to be at hand. A run
 * with a priority queues its job elsewhere than here.
 */
static bool
find_rule(Batch *batch, Job *job)
{
	Place		place = {
		.tenant = job->lease.tenant,
		.def_id = DatumGetInt32(run_column(batch, job, "def_id")),
		.workflow = run_column(batch, job, "workflow"),
		.tier = run_column(batch, job, "tier"),
		.state = run_column(batch, job, "cur")
	};

	job->rule = rule_find(&batch->rules, &place);
	return job->rule != NULL
		&& (job->rule->ends || (!run_column_is_null(batch, job, "input")
								&& run_column_is_null(batch, job, "priority")));
}

static bool
all_are_plain(Batch *batch)
{
	for (int i = 0; i < batch->count; i++)
	{
		Job		   *job = &batch->jobs[i];

		if (!payload_is_inline(PointerGetDatum(job->ack.output))
			|| !lease_find(&batch->leases, &job->ack.run, job->ack.token, &job->lease))
			return false;
	}
	for (int i = 0; i < batch->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!lock_run(batch, &batch->jobs[i]) || !find_rule(batch, &batch->jobs[i]))
			return false;
	}
	return true;
}

static void
end_run(Batch *batch, Job *job)
{
	RowWriter  *run = &batch->runs;

	row_set(run, "state", CStringGetTextDatum("SUCCEEDED"));
	row_set_null(run, "data");
	row_set_null(run, "limits");
	row_set(run, "output", PointerGetDatum(job->ack.output));
	row_set(run, "ended_at", TimestampTzGetDatum(batch->now));
}

static void
advance_run(Batch *batch, Job *job)
{
	RowWriter  *run = &batch->runs;
	Jsonb	   *input = DatumGetJsonbP(run_column(batch, job, "input"));

	row_set(run, "cur", job->rule->next);
	row_set(run, "visit", Int32GetDatum(job->visit));
	if (compareJsonbContainers(&input->root, &job->ack.output->root) == 0)
		row_set_null(run, "data");
	else
		row_set(run, "data", PointerGetDatum(job->ack.output));
	if (job->rule->no_limits)
		row_set_null(run, "limits");
	else
		row_set(run, "limits", job->rule->limits);
}

static void
move_run(Batch *batch, Job *job)
{
	RowWriter  *run = &batch->runs;

	job->visit = DatumGetInt32(run_column(batch, job, "visit")) + !job->rule->ends;
	row_begin_update(run, job->run);
	row_set(run, "epoch", Int32GetDatum(job->lease.epoch + 1));
	row_set(run, "attempt", Int32GetDatum(0));
	row_set_null(run, "retries");
	row_set_null(run, "arg");
	if (job->rule->ends)
		end_run(batch, job);
	else
		advance_run(batch, job);
	row_update(run, job->run);
}

static Queue *
queue_for(Batch *batch, const Job *job)
{
	ListCell   *cell;
	Lane	   *lane;

	foreach(cell, batch->lanes)
	{
		lane = lfirst(cell);
		if (memcmp(&lane->tenant, &job->lease.tenant, UUID_LEN) == 0
			&& words_are_same(lane->adapter, job->rule->adapter))
			return lane->queue;
	}
	lane = palloc(sizeof(Lane));
	lane->tenant = job->lease.tenant;
	lane->adapter = job->rule->adapter;
	lane->queue = queue_open(batch->estate, &lane->tenant, lane->adapter,
							 job->ack.run.data[UUID_LEN - 1]);
	batch->lanes = lappend(batch->lanes, lane);
	return lane->queue;
}

static void
add_entry(Batch *batch, Job *job)
{
	Entry		entry = {
		.tenant = &job->lease.tenant,
		.stream = &job->ack.run,
		.seq = job->lease.epoch + 1,
		.at = batch->now,
		.kind = CStringGetTextDatum(job->rule->ends ? "run.succeeded" : "action.succeeded"),
		.actor = batch->actor,
		.salt = hash_salt()
	};

	entry_insert(&batch->entries, &entry,
				 entry_end_text(rule_entry_text(job->rule, entry.salt, job->ack.output,
												job->ack.token, job->visit)));
	entry_tell_sealer(batch->estate, &job->lease.tenant, 1);
}

/* What the run has before it now, as its row says; a fork may begin here. */
static void
add_waypoint(Batch *batch, Job *job)
{
	RowWriter  *waypoint = &batch->waypoints;
	Jsonb	   *input = DatumGetJsonbP(run_column(batch, job, "input"));

	row_clear(waypoint);
	row_set(waypoint, "tenant_id", UUIDPGetDatum(&job->lease.tenant));
	row_set(waypoint, "run_id", UUIDPGetDatum(&job->ack.run));
	row_set(waypoint, "seq", Int32GetDatum(job->lease.epoch + 1));
	if (compareJsonbContainers(&input->root, &job->ack.output->root) != 0)
		row_set(waypoint, "data", PointerGetDatum(job->ack.output));
	row_insert(waypoint);
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
		if (!lease_delete(&batch->leases, &job->lease))
		{
			stale[count++] = UUIDPGetDatum(&job->ack.run);
			continue;
		}
		if (!job->rule->ends)
			add_waypoint(batch, job);
		move_run(batch, job);
		add_entry(batch, job);
		if (!job->rule->ends)
			queue_add(queue_for(batch, job), &job->ack.run, job->lease.epoch + 1);
	}
	CommandCounterIncrement();
	wake_note();
	return count;
}

static void
open_tables(Batch *batch, int32 executor)
{
	lease_open(&batch->leases, batch->estate, executor, batch->now);
	rule_open(&batch->rules);
	row_begin_write(&batch->runs, "run", batch->estate);
	row_begin_write(&batch->entries, "entry", batch->estate);
	row_begin_write(&batch->waypoints, "waypoint", batch->estate);
}

static void
close_tables(Batch *batch)
{
	ListCell   *cell;

	foreach(cell, batch->lanes)
		queue_close(((Lane *) lfirst(cell))->queue);
	row_end_write(&batch->waypoints);
	row_end_write(&batch->entries);
	row_end_write(&batch->runs);
	ExecResetTupleTable(batch->estate->es_tupleTable, false);
	rule_close(&batch->rules);
	lease_close(&batch->leases);
}

/* The runs of stale acknowledgements; NULL when the batch is left to SQL. */
static ArrayType *
take(Batch *batch, int32 executor, const Ack *acks)
{
	ArrayType  *stale = NULL;
	Datum	   *runs = palloc(sizeof(Datum) * Max(batch->count, 1));

	batch->jobs = palloc0(sizeof(Job) * Max(batch->count, 1));
	for (int i = 0; i < batch->count; i++)
		batch->jobs[i].ack = acks[i];
	open_tables(batch, executor);
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
	batch.now = GetCurrentTimestamp();
	batch.estate = CreateExecutorState();
	caller = MemoryContextSwitchTo(batch.estate->es_query_cxt);
	batch.actor = CStringGetTextDatum(psprintf("executor:%s", TextDatumGetCString(PG_GETARG_DATUM(1))));
	stale = take(&batch, PG_GETARG_INT32(0), acks);
	MemoryContextSwitchTo(caller);
	if (stale != NULL)
		stale = DatumGetArrayTypePCopy(PointerGetDatum(stale));
	FreeExecutorState(batch.estate);
	if (stale == NULL)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(stale);
}
