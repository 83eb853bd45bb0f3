/*
 * claim.c
 *		Claiming jobs: portarium_int.claim() of sql/53_claim.sql.
 *
 * Order: read the lanes of the queues, and leave all to SQL where a quota bears on one of them; from
 * those of the tenant with the smallest virtual time on, lock a lane unless somebody has it, take its
 * oldest jobs at or above its low-water mark, charge it, until there are enough jobs or no more lanes.
 * Jobs that somebody holds are passed over. What is taken and what a lane pays is told there.
 *
 * The ring's slots are read apart and their jobs merged by pass, since one lane's may lie in two.
 *
 * Memory: everything lives in the executor state's context, but for the array that is returned.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "args.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lane.h"
#include "miscadmin.h"
#include "ring.h"
#include "row.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#define MAX_LANES 21			/* that one claim looks into: 1 + 4 + 16 */

typedef struct Job
{
	int64		lane;
	int64		pass;
	pg_uuid_t	tenant;
	pg_uuid_t	run;
	int32		epoch;
	Datum		key;
	bool		no_key;
	RowReader  *slot;
	ItemPointerData tid;
} Job;

typedef struct Claim
{
	int64		now;
	int64		floor;			/* of the lanes */
	EState	   *estate;
	RowWriter	lanes;
	RowReader	slots[RING_SLOTS];
	Job		   *taken;
	int			count;
	int			want;
} Claim;

PG_FUNCTION_INFO_V1(portarium_claim_take);

static void
read_job(RowReader *slot, Job *job)
{
	bool		is_null;

	job->lane = DatumGetInt64(row_get(slot, "lane_id", &is_null));
	job->pass = DatumGetInt64(row_get(slot, "pass", &is_null));
	job->tenant = *DatumGetUUIDP(row_get(slot, "tenant_id", &is_null));
	job->run = *DatumGetUUIDP(row_get(slot, "run_id", &is_null));
	job->epoch = DatumGetInt32(row_get(slot, "epoch", &is_null));
	job->key = row_get(slot, "key", &job->no_key);
	if (!job->no_key)
		job->key = PointerGetDatum(DatumGetTextPCopy(job->key));
	job->slot = slot;
	job->tid = slot->row->t_self;
}

static int
by_pass(const void *left, const void *right)
{
	int64		a = ((const Job *) left)->pass;
	int64		b = ((const Job *) right)->pass;

	return (a > b) - (a < b);
}

/* The lane's first jobs in each slot, at most "limit" of each, in order of pass. */
static Job *
find_jobs(Claim *claim, int64 lane, int64 low_water, int limit, int *count)
{
	RowKey		keys[] = {
		{"lane_id", F_INT8EQ, Int64GetDatum(lane), false},
		{"pass", F_INT8GE, Int64GetDatum(low_water), true}
	};
	Job		   *jobs = palloc(sizeof(Job) * limit * RING_SLOTS);

	*count = 0;
	for (int i = 0; i < RING_SLOTS; i++)
	{
		RowReader  *slot = &claim->slots[i];
		int			end = *count + limit;

		if (RelationGetNumberOfBlocks(slot->table) == 0)
			continue;
		for (bool more = row_scan(slot, psprintf("ready_%d_lane_id_pass_idx", i), keys, lengthof(keys));
			 more && *count < end; more = row_next(slot))
			read_job(slot, &jobs[(*count)++]);
	}
	qsort(jobs, *count, sizeof(Job), by_pass);
	return jobs;
}

/* False: somebody else has it. */
static bool
delete_job(const Job *job)
{
	ItemPointerData tid = job->tid;
	TM_FailureData failure;

	return table_tuple_delete(job->slot->table, &tid, GetCurrentCommandId(true),
							  GetActiveSnapshot(), InvalidSnapshot, false, &failure, false) == TM_Ok;
}

/* Returns how many jobs were taken of those found. */
static int
take_jobs(Claim *claim, const Job *jobs, int count)
{
	int			before = claim->count;

	for (int i = 0; i < count && claim->count < claim->want; i++)
	{
		if (delete_job(&jobs[i]))
			claim->taken[claim->count++] = jobs[i];
	}
	return claim->count - before;
}

static void
charge_lane(Claim *claim, const Lane *lane, TupleTableSlot *slot, int served)
{
	RowWriter  *row = &claim->lanes;

	row_begin_update(row, slot);
	row_set(row, "vtime", Int64GetDatum(lane_charged(lane, claim->floor, served)));
	if (served > 0)
	{
		row_set(row, "low_water", Int64GetDatum(claim->taken[claim->count - 1].pass));
		row_set(row, "served_at", TimestampTzGetDatum(GetCurrentTimestamp()));
	}
	row_set(row, "looked_at", Int64GetDatum(claim->now));
	row_update(row, slot);
}

static void
serve_lane(Claim *claim, const Lane *lane)
{
	ItemPointerData tid = lane->tid;
	TupleTableSlot *row = row_try_lock(&claim->lanes, &tid);
	bool		is_null;
	int64		low_water;
	Job		   *jobs;
	int			found;

	if (row == NULL)
		return;
	low_water = DatumGetInt64(row_locked_get(&claim->lanes, row, "low_water", &is_null));
	jobs = find_jobs(claim, lane->id, low_water, claim->want - claim->count, &found);
	charge_lane(claim, lane, row, take_jobs(claim, jobs, found));
}

static void
serve_lanes(Claim *claim, const Lanes *lanes)
{
	row_begin_write(&claim->lanes, "lane_hot", claim->estate);
	for (int i = 0; i < RING_SLOTS; i++)
		row_begin_read(&claim->slots[i], psprintf("ready_%d", i));
	for (int i = 0; i < Min(lanes->count, MAX_LANES) && claim->count < claim->want; i++)
	{
		CHECK_FOR_INTERRUPTS();
		serve_lane(claim, &lanes->all[i]);
	}
	row_end_write(&claim->lanes);
	ExecResetTupleTable(claim->estate->es_tupleTable, false);
	for (int i = 0; i < RING_SLOTS; i++)
		row_end_read(&claim->slots[i]);
	CommandCounterIncrement();
}

static Datum
claimed_row(TupleDesc desc, const Job *job)
{
	Datum		values[] = {
		Int64GetDatum(job->lane), Int64GetDatum(job->pass), UUIDPGetDatum(&job->tenant),
		UUIDPGetDatum(&job->run), Int32GetDatum(job->epoch), (Datum) 0, job->key
	};
	bool		nulls[] = {false, false, false, false, false, true, job->no_key};

	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* portarium_int.claimed[], the type that this function returns. */
static ArrayType *
claimed_array(FunctionCallInfo fcinfo, const Claim *claim)
{
	Oid			type = args_element_returned(fcinfo);
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);
	Datum	   *rows = palloc(sizeof(Datum) * Max(claim->count, 1));

	for (int i = 0; i < claim->count; i++)
		rows[i] = claimed_row(desc, &claim->taken[i]);
	return construct_array(rows, claim->count, type, -1, false, TYPALIGN_DOUBLE);
}

/* (queues, how many): what was claimed; NULL: it is left to SQL. */
Datum
portarium_claim_take(PG_FUNCTION_ARGS)
{
	Claim		claim = {0};
	Lanes		lanes = {0};
	ArrayType  *jobs = NULL;
	MemoryContext caller;
	Datum	   *queues;
	int			queue_count;

	if (args_have_null(fcinfo))
		PG_RETURN_NULL();
	claim.want = PG_GETARG_INT32(1);
	claim.now = clock_unix_us();
	claim.taken = palloc(sizeof(Job) * Max(claim.want, 1));
	claim.estate = CreateExecutorState();
	caller = MemoryContextSwitchTo(claim.estate->es_query_cxt);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &queues, NULL,
					  &queue_count);
	lane_read_all(&lanes, queues, queue_count);
	claim.floor = lanes.floor;
	if (lanes.count > 0 && !lanes.governed)
		serve_lanes(&claim, &lanes);
	MemoryContextSwitchTo(caller);
	if (!lanes.governed)
		jobs = claimed_array(fcinfo, &claim);
	FreeExecutorState(claim.estate);
	if (jobs == NULL)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(jobs);
}
