/*
 * claim.c
 *		Claiming jobs: portarium_int.claim() of sql/52_dispatch.sql.
 *
 * Order: read the lanes of the queues; from the one with the smallest virtual time on, lock a lane
 * unless somebody has it, take its oldest jobs at or above its low-water mark, charge it, until
 * there are enough jobs or no more lanes. Jobs that somebody holds are passed over. What is taken, what
 * a lane pays and when it falls behind the others is told there.
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
#include "miscadmin.h"
#include "ring.h"
#include "row.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#define MAX_LANES 21			/* that one claim looks into: 1 + 4 + 16 */
#define LANE_PRICE_US 1000		/* of virtual time, for each job */
#define MAX_DEBT_US 10000000

typedef struct Lane
{
	ItemPointerData tid;
	int64		vtime;
} Lane;

typedef struct Job
{
	int64		lane;
	int64		pass;
	pg_uuid_t	tenant;
	pg_uuid_t	run;
	int32		epoch;
	RowReader  *slot;
	ItemPointerData tid;
} Job;

typedef struct Claim
{
	int64		now;
	EState	   *estate;
	RowWriter	lanes;
	RowReader	slots[RING_SLOTS];
	Job		   *taken;
	int			count;
	int			want;
} Claim;

PG_FUNCTION_INFO_V1(portarium_claim_take);

/* Is this one of the names, or * among them and this not one of a tenant's own workers? */
static bool
names_include(Datum *names, int count, Datum name)
{
	text	   *wanted = DatumGetTextPP(name);
	bool		is_own = memchr(VARDATA_ANY(wanted), '/', VARSIZE_ANY_EXHDR(wanted)) != NULL;

	for (int i = 0; i < count; i++)
	{
		text	   *given = DatumGetTextPP(names[i]);
		size_t		size = VARSIZE_ANY_EXHDR(given);

		if ((size == 1 && *VARDATA_ANY(given) == '*' && !is_own)
			|| (size == VARSIZE_ANY_EXHDR(wanted)
				&& memcmp(VARDATA_ANY(given), VARDATA_ANY(wanted), size) == 0))
			return true;
	}
	return false;
}

static int
by_vtime(const void *left, const void *right)
{
	int64		a = ((const Lane *) left)->vtime;
	int64		b = ((const Lane *) right)->vtime;

	return (a > b) - (a < b);
}

/* The lanes of these queues, the next to be served first. */
static Lane *
read_lanes(Datum *queues, int queue_count, int *count)
{
	RowReader	reader;
	bool		is_null;
	int			room = 64;
	Lane	   *lanes = palloc(sizeof(Lane) * room);

	*count = 0;
	row_begin_read(&reader, "lane_hot");
	for (bool more = row_find(&reader, NULL, NULL, 0); more; more = row_next(&reader))
	{
		if (!names_include(queues, queue_count, row_get(&reader, "queue", &is_null)))
			continue;
		if (*count == room)
			lanes = repalloc(lanes, sizeof(Lane) * (room *= 2));
		lanes[*count].tid = reader.row->t_self;
		lanes[(*count)++].vtime = DatumGetInt64(row_get(&reader, "vtime", &is_null));
	}
	row_end_read(&reader);
	qsort(lanes, *count, sizeof(Lane), by_vtime);
	return lanes;
}

static void
read_job(RowReader *slot, Job *job)
{
	bool		is_null;

	job->lane = DatumGetInt64(row_get(slot, "lane_id", &is_null));
	job->pass = DatumGetInt64(row_get(slot, "pass", &is_null));
	job->tenant = *DatumGetUUIDP(row_get(slot, "tenant_id", &is_null));
	job->run = *DatumGetUUIDP(row_get(slot, "run_id", &is_null));
	job->epoch = DatumGetInt32(row_get(slot, "epoch", &is_null));
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

/* A lane pays for each job; an empty one pays, too, and goes behind the others. */
static void
charge_lane(Claim *claim, TupleTableSlot *lane, int64 vtime, int served)
{
	RowWriter  *row = &claim->lanes;
	int64		due = Max(vtime, claim->now) + (int64) Max(served, 1) * LANE_PRICE_US;

	row_begin_update(row, lane);
	row_set(row, "vtime", Int64GetDatum(Min(due, claim->now + MAX_DEBT_US)));
	if (served > 0)
	{
		row_set(row, "low_water", Int64GetDatum(claim->taken[claim->count - 1].pass));
		row_set(row, "served_at", TimestampTzGetDatum(GetCurrentTimestamp()));
	}
	row_update(row, lane);
}

static void
serve_lane(Claim *claim, ItemPointer tid)
{
	TupleTableSlot *lane = row_try_lock(&claim->lanes, tid);
	bool		is_null;
	int64		id,
				vtime,
				low_water;
	Job		   *jobs;
	int			found;

	if (lane == NULL)
		return;
	id = DatumGetInt64(row_locked_get(&claim->lanes, lane, "lane_id", &is_null));
	vtime = DatumGetInt64(row_locked_get(&claim->lanes, lane, "vtime", &is_null));
	low_water = DatumGetInt64(row_locked_get(&claim->lanes, lane, "low_water", &is_null));
	jobs = find_jobs(claim, id, low_water, claim->want - claim->count, &found);
	charge_lane(claim, lane, vtime, take_jobs(claim, jobs, found));
}

static void
serve_lanes(Claim *claim, Lane *lanes, int count)
{
	row_begin_write(&claim->lanes, "lane_hot", claim->estate);
	for (int i = 0; i < RING_SLOTS; i++)
		row_begin_read(&claim->slots[i], psprintf("ready_%d", i));
	for (int i = 0; i < Min(count, MAX_LANES) && claim->count < claim->want; i++)
	{
		CHECK_FOR_INTERRUPTS();
		serve_lane(claim, &lanes[i].tid);
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
		UUIDPGetDatum(&job->run), Int32GetDatum(job->epoch)
	};
	bool		nulls[lengthof(values)] = {false};

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

/* (queues, how many): what was claimed. */
Datum
portarium_claim_take(PG_FUNCTION_ARGS)
{
	Claim		claim = {0};
	MemoryContext caller;
	Datum	   *queues;
	int			queue_count,
				lane_count;
	Lane	   *lanes;

	if (args_have_null(fcinfo))
		PG_RETURN_NULL();
	claim.want = PG_GETARG_INT32(1);
	claim.now = clock_unix_us();
	claim.taken = palloc(sizeof(Job) * Max(claim.want, 1));
	claim.estate = CreateExecutorState();
	caller = MemoryContextSwitchTo(claim.estate->es_query_cxt);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &queues, NULL,
					  &queue_count);
	lanes = read_lanes(queues, queue_count, &lane_count);
	if (lane_count > 0)
		serve_lanes(&claim, lanes, lane_count);
	MemoryContextSwitchTo(caller);
	FreeExecutorState(claim.estate);
	PG_RETURN_ARRAYTYPE_P(claimed_array(fcinfo, &claim));
}
