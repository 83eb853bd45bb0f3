/*
 * grant.c
 *		Leasing jobs that were claimed: portarium_int.lease_plain() of sql/64_exchange.sql.
 *
 * Order: read what was claimed; find the runs, drop those that have moved on, and look what their
 * states ask for. Up to here nothing has changed, and where a job is not plain (its input lies apart
 * from its run, it only asks for its result, more is said of it) all are left to SQL. Then the leases are
 * written, and the jobs returned. Both are what portarium_int.lease_jobs() would make of them: the tests
 * lease the same through both.
 *
 * Memory: everything lives in the executor state's context, but for the array that is returned.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "args.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "hash.h"
#include "miscadmin.h"
#include "ring.h"
#include "row.h"
#include "sha256.h"
#include "task.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "words.h"

#define LEASE_SECONDS 30		/* portarium_int.lease_time() */
#define TOKEN_SIZE 6			/* portarium_int.fencing_token(): random bytes */
#define TRACE_HEAD 36			/* of a traceparent, up to the span */
#define SPAN_SIZE 16

enum
{
	CLAIMED_TENANT = 2,			/* columns of portarium_int.claimed */
	CLAIMED_RUN,
	CLAIMED_EPOCH,
	CLAIMED_MORE				/* set: the job is not plain */
};

typedef struct Job
{
	pg_uuid_t	tenant;
	pg_uuid_t	run;
	int32		epoch;
	int64		token;
	const Task *task;
	char	   *key;
	Datum		input;
	Datum		trace;			/* 0: none */
	int32		attempt;
	int32		timeout;		/* seconds; 0: none */
	int32		beat;
} Job;

typedef struct Grant
{
	int32		executor;
	int32		epoch;
	TimestampTz now;
	EState	   *estate;
	RowReader	runs;
	TaskBook	tasks;
	Job		   *jobs;
	int			count;
} Grant;

PG_FUNCTION_INFO_V1(portarium_grant_plain);

static bool
read_claimed(HeapTupleHeader claimed, Job *job)
{
	bool		is_null;
	int			columns = HeapTupleHeaderGetNatts(claimed);

	for (int i = CLAIMED_MORE; i < columns; i++)
	{
		(void) GetAttributeByNum(claimed, i + 1, &is_null);
		if (!is_null)
			return false;
	}
	job->tenant = *DatumGetUUIDP(GetAttributeByNum(claimed, CLAIMED_TENANT + 1, &is_null));
	job->run = *DatumGetUUIDP(GetAttributeByNum(claimed, CLAIMED_RUN + 1, &is_null));
	job->epoch = DatumGetInt32(GetAttributeByNum(claimed, CLAIMED_EPOCH + 1, &is_null));
	return true;
}

/* Does the run still wait for the job? */
static bool
find_run(Grant *grant, const Job *job)
{
	RowReader  *runs = &grant->runs;
	bool		is_null,
				is_free;
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&job->tenant), false},
		{"run_id", F_UUID_EQ, UUIDPGetDatum(&job->run), false}
	};

	if (!row_find(runs, NULL, keys, lengthof(keys)))
		return false;
	(void) row_get(runs, "held", &is_free);
	return is_free && DatumGetInt32(row_get(runs, "epoch", &is_null)) == job->epoch
		&& word_is(row_get(runs, "state", &is_null), "RUNNING");
}

/* [timeout, heartbeat] in seconds, either of them null. */
static void
read_limits(RowReader *runs, Job *job)
{
	bool		is_null;
	Datum		limits = row_get(runs, "limits", &is_null);
	Datum	   *values;
	bool	   *nulls;
	int			count;

	if (is_null)
		return;
	deconstruct_array(DatumGetArrayTypeP(limits), INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &values, &nulls, &count);
	if (count > 0 && !nulls[0])
		job->timeout = DatumGetInt32(values[0]);
	if (count > 1 && !nulls[1])
		job->beat = DatumGetInt32(values[1]);
}

static bool
read_input(RowReader *runs, Job *job)
{
	static const char *const places[] = {"arg", "data", "input"};

	for (int i = 0; i < (int) lengthof(places); i++)
	{
		bool		is_null;

		job->input = row_get_copy(runs, places[i], false, &is_null);
		if (!is_null)
			return true;
	}
	return false;
}

/* portarium_int.state_span() */
static void
write_span(const Job *job, char span[SPAN_SIZE])
{
	Sha256	   *hash = sha256_create();
	uint8		digest[SHA256_SIZE];

	sha256_begin(hash);
	sha256_add(hash, job->run.data, UUID_LEN);
	sha256_add_int(hash, (uint32) job->epoch, sizeof(int32));
	sha256_end(hash, digest);
	sha256_free(hash);
	(void) hex_encode((char *) digest, SPAN_SIZE / 2, span);
}

/* portarium_int.trace_under(): the run's trace, below the state that it stands in. */
static void
read_trace(RowReader *runs, Job *job)
{
	bool		is_null;
	Datum		trace = row_get_copy(runs, "traceparent", false, &is_null);

	if (is_null)
		return;
	write_span(job, VARDATA(DatumGetPointer(trace)) + TRACE_HEAD);
	job->trace = trace;
}

/* False: it is not plain. */
static bool
read_run(Grant *grant, Job *job)
{
	RowReader  *runs = &grant->runs;
	bool		is_null;
	Datum		state = row_get_copy(runs, "cur", false, &is_null);
	int32		def_id = DatumGetInt32(row_get(runs, "def_id", &is_null));
	int32		visit = DatumGetInt32(row_get(runs, "visit", &is_null));

	job->attempt = DatumGetInt32(row_get(runs, "attempt", &is_null));
	read_limits(runs, job);
	read_trace(runs, job);
	if (!read_input(runs, job))
		return false;
	job->key = psprintf("%s:%s:%d",
						DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&job->run))),
						TextDatumGetCString(state), visit);
	job->task = task_find(&grant->tasks, &job->tenant, def_id, state);
	return job->task != NULL;
}

static bool
read_all(Grant *grant, Datum *claimed, int count)
{
	for (int i = 0; i < count; i++)
	{
		Job		   *job = &grant->jobs[grant->count];

		CHECK_FOR_INTERRUPTS();
		if (!read_claimed(DatumGetHeapTupleHeader(claimed[i]), job))
			return false;
		if (!find_run(grant, job))
			continue;
		if (!read_run(grant, job))
			return false;
		grant->count++;
	}
	return true;
}

static int64
random_token(void)
{
	uint8		bytes[TOKEN_SIZE];
	int64		token = 0;

	hash_random_bytes(bytes, TOKEN_SIZE);
	for (int i = 0; i < TOKEN_SIZE; i++)
		token = token << 8 | bytes[i];
	return token;
}

static void
insert_lease(Grant *grant, RowWriter *leases, int16 slot, Job *job)
{
	TimestampTz until = grant->now + (job->beat > 0 ? job->beat : LEASE_SECONDS) * USECS_PER_SEC;

	job->token = random_token();
	row_clear(leases);
	row_set(leases, "slot", Int16GetDatum(slot));
	row_set(leases, "token", Int64GetDatum(job->token));
	row_set(leases, "tenant_id", UUIDPGetDatum(&job->tenant));
	row_set(leases, "run_id", UUIDPGetDatum(&job->run));
	row_set(leases, "epoch", Int32GetDatum(job->epoch));
	row_set(leases, "executor_id", Int32GetDatum(grant->executor));
	row_set(leases, "executor_epoch", Int32GetDatum(grant->epoch));
	row_set(leases, "until", TimestampTzGetDatum(until));
	if (job->timeout > 0)
		row_set(leases, "deadline", TimestampTzGetDatum(grant->now + job->timeout * USECS_PER_SEC));
	if (job->beat > 0)
		row_set(leases, "beat", Int32GetDatum(job->beat));
	row_insert(leases);
}

static void
insert_leases(Grant *grant)
{
	RowWriter	leases;
	int16		slot = ring_current("lease_slot");

	row_begin_write(&leases, psprintf("lease_%d", slot), grant->estate);
	for (int i = 0; i < grant->count; i++)
		insert_lease(grant, &leases, slot, &grant->jobs[i]);
	row_end_write(&leases);
	ExecResetTupleTable(grant->estate->es_tupleTable, false);
	CommandCounterIncrement();
}

static Datum
job_row(TupleDesc desc, const Job *job)
{
	const Task *task = job->task;
	int64		timeout_ms = job->timeout > 0
		? Min(task->timeout_ms, job->timeout * INT64CONST(1000)) : task->timeout_ms;
	Datum		values[] = {
		CStringGetTextDatum("job"), UUIDPGetDatum(&job->tenant), UUIDPGetDatum(&job->run),
		Int64GetDatum(job->token), task->adapter, task->operation,
		JsonbPGetDatum(task_spec(task, job->beat * INT64CONST(1000))), job->input,
		CStringGetTextDatum(job->key), Int32GetDatum(job->attempt), Int32GetDatum((int32) timeout_ms),
		job->trace
	};
	bool		nulls[lengthof(values)] = {false};

	nulls[lengthof(values) - 1] = job->trace == 0;
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* In the caller's context. */
static ArrayType *
job_array(Oid type, const Grant *grant)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);
	Datum	   *rows = palloc(sizeof(Datum) * Max(grant->count, 1));

	for (int i = 0; i < grant->count; i++)
		rows[i] = job_row(desc, &grant->jobs[i]);
	return construct_array(rows, grant->count, type, -1, false, TYPALIGN_DOUBLE);
}

/* False when the jobs are left to SQL. */
static bool
grant_all(Grant *grant, ArrayType *claimed)
{
	Datum	   *rows;
	int			count;
	bool		plain;

	deconstruct_array(claimed, ARR_ELEMTYPE(claimed), -1, false, TYPALIGN_DOUBLE, &rows, NULL, &count);
	grant->jobs = palloc0(sizeof(Job) * Max(count, 1));
	row_begin_read(&grant->runs, "run");
	task_open(&grant->tasks);
	plain = read_all(grant, rows, count);
	task_close(&grant->tasks);
	row_end_read(&grant->runs);
	if (plain && grant->count > 0)
		insert_leases(grant);
	return plain;
}

/* (executor, its epoch, what was claimed): the jobs, or NULL. */
Datum
portarium_grant_plain(PG_FUNCTION_ARGS)
{
	Grant		grant = {0};
	MemoryContext caller;
	ArrayType  *jobs = NULL;

	if (args_have_null(fcinfo))
		PG_RETURN_NULL();
	grant.executor = PG_GETARG_INT32(0);
	grant.epoch = PG_GETARG_INT32(1);
	grant.now = GetCurrentTimestamp();
	grant.estate = CreateExecutorState();
	caller = MemoryContextSwitchTo(grant.estate->es_query_cxt);
	if (grant_all(&grant, PG_GETARG_ARRAYTYPE_P(2)))
	{
		MemoryContextSwitchTo(caller);
		jobs = job_array(args_element_returned(fcinfo), &grant);
	}
	MemoryContextSwitchTo(caller);
	FreeExecutorState(grant.estate);
	if (jobs == NULL)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(jobs);
}
