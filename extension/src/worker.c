/*
 * worker.c
 *		A database's worker: does what is due there.
 *
 * Order: connect; leave if the native flavour is not installed here; then again and again: one
 * tick, which says when the next is due, and once in SWEEP_MS looks over the lanes, too; a rest of
 * portarium.tick_delay, so that a flood of commits makes one tick and not a thousand; a sleep until
 * the next is due or a commit wakes it. An idle worker sleeps, writes nothing and takes no snapshot.
 *
 * Each tick is a transaction of its own. One that fails is rolled back and reported, and the next
 * comes after RETRY_MS.
 *
 * Leaving: WORKER_ABSENT in the slot says that it is on purpose and the next commit that makes work
 * calls for a worker again; leaving because the database is to be free of connections leaves
 * WORKER_WANTED. A worker process is kept for LINGER_MS without work, and where other databases wait
 * for one not at all, or for a turn of TURN_MS when there is work: WORKER_RESTING and the time when
 * something is due, or WORKER_WANTED, have the launcher start one anew.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "guc.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "shared.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#define RETRY_MS 1000
#define LONGEST_SLEEP_MS (60 * 60 * 1000)
#define LINGER_MS 60000
#define TURN_MS 2000
#define SWEEP_MS 500

static DatabaseSlot *slot;
static bool settings_changed;
static TimestampTz swept_at;

PGDLLEXPORT void portarium_worker_main(Datum arg);

static void
begin_work(const char *activity)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	pgstat_report_activity(STATE_RUNNING, activity);
}

static void
end_work(void)
{
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
}

/* The one value that the query gives; NULL gives "otherwise". */
static Datum
query_value(const char *query, Datum otherwise)
{
	bool		is_null;
	Datum		value;

	if (SPI_execute(query, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not execute \"%s\"", query);
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
	return is_null ? otherwise : value;
}

static bool
flavour_is_known(void)
{
	List	   *name = list_make2(makeString("portarium_int"), makeString("flavour"));

	return OidIsValid(LookupFuncName(name, 0, NULL, true))
		&& OidIsValid(get_namespace_oid("portarium_data", true));
}

/* Is the extension here, in this flavour, with its tables? */
static bool
is_installed(void)
{
	bool		installed = false;

	begin_work("looking for the extension");
	if (flavour_is_known())
		installed = DatumGetBool(query_value("select portarium_int.flavour() = 'native'",
											 BoolGetDatum(false)));
	end_work();
	return installed;
}

/* For portarium_int.clock_counts(). */
static void
count_tick(TimestampTz began, bool failed)
{
	TimestampTz now = GetCurrentTimestamp();

	pg_atomic_fetch_add_u64(&slot->ticks, 1);
	pg_atomic_fetch_add_u64(&slot->failures, failed ? 1 : 0);
	pg_atomic_fetch_add_u64(&slot->busy_us, now > began ? (uint64) (now - began) : 0);
	pg_atomic_write_u64(&slot->ticked_at, (uint64) now);
}

static const char *
tick_query(TimestampTz now)
{
	if (!TimestampDifferenceExceeds(swept_at, now, SWEEP_MS))
		return "select portarium_int.tick_step(false)";
	swept_at = now;
	return "select portarium_int.tick_step(true)";
}

/* Does what is due; returns the milliseconds until the next is. */
static int
tick(void)
{
	MemoryContext caller = CurrentMemoryContext;
	TimestampTz began = GetCurrentTimestamp();
	volatile int due_ms = LONGEST_SLEEP_MS;
	volatile bool failed = false;

	PG_TRY();
	{
		begin_work("ticking");
		due_ms = DatumGetInt32(query_value(tick_query(began),
										   Int32GetDatum(LONGEST_SLEEP_MS)));
		end_work();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		EmitErrorReport();
		FlushErrorState();
		AbortCurrentTransaction();
		pgstat_report_activity(STATE_IDLE, NULL);
		due_ms = RETRY_MS;
		failed = true;
	}
	PG_END_TRY();
	count_tick(began, failed);
	MemoryContextSwitchTo(caller);
	return Min(Max(due_ms, 0), LONGEST_SLEEP_MS);
}

/* SIGTERM ends the process from CHECK_FOR_INTERRUPTS. */
static void
mind_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		settings_changed = true;
	}
	if (pg_atomic_read_u32(&slot->stop) == 1)
	{
		pg_atomic_write_u32(&slot->state, WORKER_WANTED);
		proc_exit(0);
	}
}

static void
sleep_ms(long wait_ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait_ms,
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	mind_interrupts();
}

static long
remaining_ms(TimestampTz deadline)
{
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
}

/* Not woken by commits: armed is 0. */
static void
rest(int wait_ms)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait_ms);

	for (long left = wait_ms; left > 0; left = remaining_ms(until))
		sleep_ms(left);
}

/*
 * Until the time has come, a commit has made work or the settings have changed. What was made since
 * the last tick began counts, too. False: there has been nothing to do for long, or another
 * database needs the process.
 */
static bool
sleep_until_due(TimestampTz due_at, uint64 seen)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LINGER_MS);
	bool		stays = true;

	if (until > due_at)
		until = due_at;
	for (long left = remaining_ms(until); left > 0 && stays; left = remaining_ms(until))
	{
		pg_atomic_write_u32(&slot->armed, 1);
		pg_memory_barrier();
		if (pg_atomic_read_u64(&slot->generation) != seen || settings_changed)
			break;
		stays = !shared_shortage();
		if (stays)
			sleep_ms(left);
	}
	pg_atomic_write_u32(&slot->armed, 0);
	return stays && (until == due_at || remaining_ms(until) > 0);
}

/* A commit that comes between the last look and the end finds WORKER_RESTING, or is found here. */
static void
rest_until(TimestampTz due_at, uint64 seen)
{
	uint32		resting = WORKER_RESTING;

	LWLockAcquire(shared_lock(), LW_EXCLUSIVE);
	slot->due_at = due_at;
	LWLockRelease(shared_lock());
	pg_atomic_write_u32(&slot->state, WORKER_RESTING);
	pg_memory_barrier();
	if (pg_atomic_read_u64(&slot->generation) != seen)
		(void) pg_atomic_compare_exchange_u32(&slot->state, &resting, WORKER_WANTED);
	proc_exit(0);
}

static void
leave(int code, Datum arg)
{
	shared_set_worker(slot, NULL);
	pg_atomic_write_u32(&slot->armed, 0);
	shared_call_launcher();
}

static void
enter(Oid database)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	slot = shared_slot(database, false);
	if (slot == NULL)
		proc_exit(0);
	before_shmem_exit(leave, 0);
	shared_set_worker(slot, MyLatch);
	pg_atomic_write_u32(&slot->state, WORKER_RUNNING);
}

void
portarium_worker_main(Datum arg)
{
	TimestampTz turn_ends;

	enter(DatumGetObjectId(arg));
	turn_ends = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), TURN_MS);
	mind_interrupts();
	while (is_installed())
	{
		uint64		seen = pg_atomic_read_u64(&slot->generation);
		int			due_ms = guc_scheduler ? tick() : LONGEST_SLEEP_MS;
		TimestampTz due_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), due_ms);

		settings_changed = false;
		mind_interrupts();
		rest(guc_tick_delay);
		if (!sleep_until_due(due_at, seen)
			|| (shared_shortage() && remaining_ms(turn_ends) == 0))
			rest_until(due_at, seen);
	}
	pg_atomic_write_u32(&slot->state, WORKER_ABSENT);
	proc_exit(0);
}
