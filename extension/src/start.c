/*
 * start.c
 *		Starting runs whose first move was planned ahead: portarium_int.start_planned() of
 *		sql/69_start_plan.sql.
 *
 * Order: take the inputs, and leave it to SQL when one is null or too large for the run's row; find
 * the plan, and leave it to SQL when there is none; ask the wall; then for each run its row, its entry,
 * its job and, where the document has a deadline, its timer. What is written is what the mover would
 * write for the same moves (sql/62_move.sql): the tests run the same starts through both.
 *
 * Memory: the plan is a copy in the caller's context; what one run needs is freed before the next.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "args.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "context.h"
#include "entry.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "hash.h"
#include "miscadmin.h"
#include "payload.h"
#include "queue.h"
#include "row.h"
#include "trace.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/uuid.h"
#include "wake.h"

/* A row of start_plan. The texts are datums, as they go into the rows. */
typedef struct StartPlan
{
	Datum		def_id;
	Datum		tier;
	Datum		state;
	Datum		cur;
	Datum		adapter;
	Datum		limits;
	bool		no_limits;
	Datum		timeout_seconds;
	bool		no_timeout;
	text	   *head;			/* of the entry's canonical text */
	text	   *tail;
} StartPlan;

typedef struct Start
{
	const pg_uuid_t *tenant;
	Datum		workflow;
	Datum		actor;
	Datum		trace;			/* 0: none */
	StartPlan	plan;
	TimestampTz now;
	RowWriter	runs;
	RowWriter	entries;
	RowWriter	timers;
	Queue	   *queue;
} Start;

PG_FUNCTION_INFO_V1(portarium_start_planned);

static void
copy_plan(RowReader *reader, StartPlan *plan)
{
	bool		is_null;

	plan->def_id = row_get_copy(reader, "def_id", true, &is_null);
	plan->tier = row_get_copy(reader, "tier", false, &is_null);
	plan->timeout_seconds = row_get_copy(reader, "timeout_seconds", true, &plan->no_timeout);
	plan->state = row_get_copy(reader, "state", false, &is_null);
	plan->cur = row_get_copy(reader, "cur", false, &is_null);
	plan->adapter = row_get_copy(reader, "adapter", false, &is_null);
	plan->limits = row_get_copy(reader, "limits", false, &plan->no_limits);
	plan->head = DatumGetTextPP(row_get_copy(reader, "head", false, &is_null));
	plan->tail = DatumGetTextPP(row_get_copy(reader, "tail", false, &is_null));
}

/* There is a plan for the newest version or for none. */
static bool
find_plan(const pg_uuid_t *tenant, Datum workflow, StartPlan *plan)
{
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(tenant), false},
		{"workflow", F_TEXTEQ, workflow, false}
	};
	RowReader	reader;
	bool		found;

	row_begin_read(&reader, "start_plan");
	found = row_find(&reader, NULL, keys, lengthof(keys));
	if (found)
		copy_plan(&reader, plan);
	row_end_read(&reader);
	return found;
}

static StringInfo
entry_text(const StartPlan *plan, const bytea *salt, Datum input)
{
	StringInfo	out = entry_begin_text();

	entry_add_text(out, plan->head);
	hash_add_commitment(out, salt, DatumGetJsonbP(input));
	entry_add_text(out, plan->tail);
	return out;
}

static void
insert_run(Start *start, const pg_uuid_t *run, Datum input)
{
	RowWriter  *row = &start->runs;

	row_clear(row);
	row_set(row, "tenant_id", UUIDPGetDatum(start->tenant));
	row_set(row, "run_id", UUIDPGetDatum(run));
	row_set(row, "started_at", TimestampTzGetDatum(start->now));
	row_set(row, "def_id", start->plan.def_id);
	row_set(row, "workflow", start->workflow);
	row_set(row, "tier", start->plan.tier);
	row_set(row, "initiator", start->actor);
	row_set(row, "input", input);
	if (start->trace != 0)
		row_set(row, "traceparent", start->trace);
	row_set(row, "state", start->plan.state);
	row_set(row, "cur", start->plan.cur);
	row_set(row, "epoch", Int32GetDatum(1));
	row_set(row, "attempt", Int32GetDatum(0));
	row_set(row, "visit", Int32GetDatum(1));
	if (!start->plan.no_limits)
		row_set(row, "limits", start->plan.limits);
	row_insert(row);
}

static void
insert_entry(Start *start, const pg_uuid_t *run, Datum input)
{
	Entry		entry = {
		.tenant = start->tenant,
		.stream = run,
		.seq = 1,
		.at = start->now,
		.kind = CStringGetTextDatum("run.started"),
		.actor = start->actor,
		.salt = hash_salt()
	};

	entry_insert(&start->entries, &entry,
				 entry_end_text(entry_text(&start->plan, entry.salt, input)));
}

static void
insert_deadline(Start *start, const pg_uuid_t *run)
{
	RowWriter  *row = &start->timers;
	TimestampTz due = start->now + DatumGetInt32(start->plan.timeout_seconds) * USECS_PER_SEC;

	row_clear(row);
	row_set(row, "due", TimestampTzGetDatum(due));
	row_set(row, "tenant_id", UUIDPGetDatum(start->tenant));
	row_set(row, "run_id", UUIDPGetDatum(run));
	row_set(row, "epoch", Int32GetDatum(1));
	row_set(row, "kind", CStringGetTextDatum("deadline"));
	row_insert(row);
}

static void
start_run(Start *start, const pg_uuid_t *run, Datum input)
{
	insert_run(start, run, input);
	insert_entry(start, run, input);
	queue_add(start->queue, run, 1);
	if (!start->plan.no_timeout)
		insert_deadline(start, run);
}

static void
open_tables(Start *start, EState *estate, const pg_uuid_t *first_run)
{
	row_begin_write(&start->runs, "run", estate);
	row_begin_write(&start->entries, "entry", estate);
	start->queue = queue_open(estate, start->tenant, start->plan.adapter,
							  first_run->data[UUID_LEN - 1]);
	if (!start->plan.no_timeout)
		row_begin_write(&start->timers, "timer", estate);
}

static void
close_tables(Start *start)
{
	if (!start->plan.no_timeout)
		row_end_write(&start->timers);
	queue_close(start->queue);
	row_end_write(&start->entries);
	row_end_write(&start->runs);
}

static void
start_runs(Start *start, Datum *runs, Datum *inputs, int count)
{
	EState	   *estate = CreateExecutorState();
	MemoryContext each = AllocSetContextCreate(CurrentMemoryContext, "portarium start",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);

	open_tables(start, estate, DatumGetUUIDP(runs[0]));
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(each);
		start_run(start, DatumGetUUIDP(runs[i]), inputs[i]);
		MemoryContextReset(each);
	}
	MemoryContextSwitchTo(estate->es_query_cxt);
	entry_tell_sealer(estate, start->tenant, count);
	close_tables(start);
	MemoryContextSwitchTo(caller);
	ExecResetTupleTable(estate->es_tupleTable, false);
	FreeExecutorState(estate);
	MemoryContextDelete(each);
	CommandCounterIncrement();
	wake_note();
}

/* Refusals of inputs are SQL's to say. */
static bool
inputs_fit(const Datum *inputs, const bool *nulls, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (nulls[i] || !payload_is_inline(inputs[i]))
			return false;
	}
	return count > 0;
}

/* (tenant, workflow, inputs, runs, actor): whether it could. */
Datum
portarium_start_planned(PG_FUNCTION_ARGS)
{
	Start		start = {0};
	Datum	   *inputs,
			   *runs;
	bool	   *nulls;
	int			count,
				run_count;

	if (args_have_null(fcinfo))
		PG_RETURN_BOOL(false);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), JSONBOID, -1, false, TYPALIGN_INT,
					  &inputs, &nulls, &count);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(3), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR,
					  &runs, NULL, &run_count);
	start.tenant = PG_GETARG_UUID_P(0);
	start.workflow = PG_GETARG_DATUM(1);
	if (run_count != count || !inputs_fit(inputs, nulls, count)
		|| !find_plan(start.tenant, start.workflow, &start.plan))
		PG_RETURN_BOOL(false);
	context_require_tenant(start.tenant);
	start.actor = PG_GETARG_DATUM(4);
	start.trace = trace_current();
	start.now = GetCurrentTimestamp();
	start_runs(&start, runs, inputs, count);
	PG_RETURN_BOOL(true);
}
