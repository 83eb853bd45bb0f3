/*
 * launcher.c
 *		The process that starts the databases' workers.
 *
 * It is connected to no database. Order: at its start it wants a worker for every database that can
 * be connected to (the worker finds out whether the extension is there, and leaves if not); then,
 * whenever its latch is set or a time has come, it forgets databases that are gone, takes note of
 * workers that have ended, and starts those that are wanted. A worker that ends by an error is
 * wanted again after RETRY_MS. When the server has no process left for one, the workers are told:
 * they leave when they have had their turn, and databases take turns. A waiting launcher costs
 * nothing.
 *
 * launcher_hold and launcher_release are called by backends that need a database without
 * connections (database_ddl.c). A hold ends by itself after HOLD_MS, in case its backend is killed;
 * a release takes effect after RELEASE_MS, when the statement has committed.
 *
 * Lock: a slot's database, not_before and stop are written under the lock of shared.c. The handles
 * are the launcher's own.
 *
 * SPDX-License-Identifier: PostgreSQL
 * /
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "fmgr.h"
#include "launcher.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "shared.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#define RETRY_MS 5000
#define SHORTAGE_MS 200		/* until it is tried again, unless a worker leaves first */
#define HOLD_MS 10000
#define RELEASE_MS 500

static BackgroundWorkerHandle *handles[SHARED_MAX_DATABASES];
static bool shortage;

PGDLLEXPORT void portarium_launcher_main(Datum arg);

static void
want_worker(Oid database)
{
	DatabaseSlot *slot = shared_slot(database, true);
	uint32		absent = WORKER_ABSENT;

	if (slot != NULL)
		(void) pg_atomic_compare_exchange_u32(&slot->state, &absent, WORKER_WANTED);
}

/* The databases that can be connected to. */
static List *
live_databases(void)
{
	List	   *databases = NIL;
	MemoryContext caller = CurrentMemoryContext;
	Relation	catalog;
	TableScanDesc scan;
	HeapTuple	row;

	StartTransactionCommand();
	catalog = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(catalog, 0, NULL);
	while ((row = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(row);
		MemoryContext scanning;

		if (!database->datallowconn || database->datistemplate)
			continue;
		scanning = MemoryContextSwitchTo(caller);
		databases = lappend_oid(databases, database->oid);
		MemoryContextSwitchTo(scanning);
	}
	table_endscan(scan);
	table_close(catalog, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return databases;
}

static void
forget_dropped(DatabaseSlot *slot, List *databases)
{
	LWLockAcquire(shared_lock(), LW_EXCLUSIVE);
	if (slot->database != InvalidOid && slot->worker_latch == NULL
		&& !list_member_oid(databases, slot->database))
	{
		slot->database = InvalidOid;
		pg_atomic_write_u32(&slot->state, WORKER_ABSENT);
	}
	LWLockRelease(shared_lock());
}

/* The worker, if there is one, shall leave or stay; none is started before the delay is over. */
static void
postpone(DatabaseSlot *slot, int delay_ms, bool stop)
{
	LWLockAcquire(shared_lock(), LW_EXCLUSIVE);
	slot->not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), delay_ms);
	pg_atomic_write_u32(&slot->stop, stop);
	LWLockRelease(shared_lock());
}

/*
 * If the time for a worker has come, whoever wanted it gone is done. Returns the milliseconds left.
 */
static long
claim_start(DatabaseSlot *slot)
{
	long		left;

	LWLockAcquire(shared_lock(), LW_EXCLUSIVE);
	left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), slot->not_before);
	if (left <= 0)
	{
		pg_atomic_write_u32(&slot->stop, 0);
		pg_atomic_write_u32(&slot->state, WORKER_STARTING);
	}
	LWLockRelease(shared_lock());
	return left;
}

/* A worker that left on purpose has said so in its state; one that did not has failed. */
static void
note_end(DatabaseSlot *slot, BackgroundWorkerHandle **handle)
{
	pid_t		pid;
	uint32		state;

	if (*handle == NULL || GetBackgroundWorkerPid(*handle, &pid) != BGWH_STOPPED)
		return;
	pfree(*handle);
	*handle = NULL;
	state = pg_atomic_read_u32(&slot->state);
	if (state == WORKER_STARTING || state == WORKER_RUNNING)
	{
		postpone(slot, RETRY_MS, false);
		pg_atomic_write_u32(&slot->state, WORKER_WANTED);
	}
}

static bool
start_worker(Oid database, BackgroundWorkerHandle **handle)
{
	BackgroundWorker worker = {0};

	strlcpy(worker.bgw_name, "portarium worker", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "portarium worker", sizeof(worker.bgw_type));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "portarium", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "portarium_worker_main", sizeof(worker.bgw_function_name));
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	worker.bgw_notify_pid = MyProcPid;
	return RegisterDynamicBackgroundWorker(&worker, handle);
}

/* Sleeping workers hear of it now, the others when their tick is over. */
static void
tell_shortage(void)
{
	if (!shortage)
		ereport(LOG,
				(errmsg("databases take turns: there is no worker process for each"),
				 errhint("Consider increasing max_worker_processes.")));
	shortage = true;
	shared_set_shortage(true);
	for (int i = 0; i < SHARED_MAX_DATABASES; i++)
		if (pg_atomic_read_u32(&shared_slots()[i].armed) == 1)
			shared_call_worker(&shared_slots()[i]);
}

/* A resting one is wanted when it is due. Returns the milliseconds left, -1 if it does not rest. */
static long
end_rest(DatabaseSlot *slot)
{
	uint32		resting = WORKER_RESTING;
	long		left;

	if (pg_atomic_read_u32(&slot->state) != WORKER_RESTING)
		return -1;
	LWLockAcquire(shared_lock(), LW_SHARED);
	left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), slot->due_at);
	LWLockRelease(shared_lock());
	if (left > 0)
		return left;
	(void) pg_atomic_compare_exchange_u32(&slot->state, &resting, WORKER_WANTED);
	return -1;
}

/*
 * Starts the slot's worker if its time has come; else returns how many milliseconds are left, or -1
 * if it is not wanted.
 */
static long
start_wanted(DatabaseSlot *slot, BackgroundWorkerHandle **handle)
{
	long		left;

	if (slot->database == InvalidOid || *handle != NULL)
		return -1;
	left = end_rest(slot);
	if (left > 0 || pg_atomic_read_u32(&slot->state) != WORKER_WANTED)
		return left;
	left = claim_start(slot);
	if (left > 0 || start_worker(slot->database, handle))
		return left > 0 ? left : -1;
	pg_atomic_write_u32(&slot->state, WORKER_WANTED);
	tell_shortage();
	return SHORTAGE_MS;
}

/*
 * One look at every slot, from the one on that got nothing last time; returns the milliseconds until
 * the next is needed, -1 when only the latch can tell.
 */
static long
look_after_slots(List *databases)
{
	static int	first;
	const int	begin = first;
	long		next = -1;

	shared_set_shortage(false);
	for (int n = 0; n < SHARED_MAX_DATABASES && !shared_shortage(); n++)
	{
		int			i = (begin + n) % SHARED_MAX_DATABASES;
		DatabaseSlot *slot = &shared_slots()[i];
		long		left;

		note_end(slot, &handles[i]);
		forget_dropped(slot, databases);
		left = start_wanted(slot, &handles[i]);
		if (left >= 0 && (next < 0 || left < next))
			next = left;
		first = i;
	}
	shortage = shared_shortage();
	return next;
}

/* A setting may have given them something to do. */
static void
end_all_rests(void)
{
	ConfigReloadPending = false;
	for (int i = 0; i < SHARED_MAX_DATABASES; i++)
	{
		uint32		resting = WORKER_RESTING;

		(void) pg_atomic_compare_exchange_u32(&shared_slots()[i].state, &resting, WORKER_WANTED);
	}
}

static void
leave(int code, Datum arg)
{
	shared_set_launcher(NULL);
}

void
portarium_launcher_main(Datum arg)
{
	MemoryContext round = AllocSetContextCreate(TopMemoryContext, "portarium launcher",
												ALLOCSET_SMALL_SIZES);
	ListCell   *cell;
	List	   *databases;

	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	before_shmem_exit(leave, 0);
	shared_set_launcher(MyLatch);
	databases = live_databases();
	foreach(cell, databases)
		want_worker(lfirst_oid(cell));
	while (!ShutdownRequestPending)
	{
		long		wait_ms;

		if (ConfigReloadPending)
			end_all_rests();
		MemoryContextReset(round);
		MemoryContextSwitchTo(round);
		databases = live_databases();
		MemoryContextSwitchTo(TopMemoryContext);
		wait_ms = look_after_slots(databases);
		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | (wait_ms < 0 ? 0 : WL_TIMEOUT),
						 wait_ms, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	proc_exit(0);
}

/* Called while the postmaster loads the library. */
void
launcher_register(void)
{
	BackgroundWorker worker = {0};

	strlcpy(worker.bgw_name, "portarium launcher", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "portarium launcher", sizeof(worker.bgw_type));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 10;
	strlcpy(worker.bgw_library_name, "portarium", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "portarium_launcher_main", sizeof(worker.bgw_function_name));
	RegisterBackgroundWorker(&worker);
}

/* Has the database's worker leave it, and none started there for a while. */
void
launcher_hold(Oid database)
{
	DatabaseSlot *slot = shared_slot(database, false);

	if (slot == NULL)
		return;
	postpone(slot, HOLD_MS, true);
	shared_call_worker(slot);
}

void
launcher_release(Oid database)
{
	DatabaseSlot *slot = shared_slot(database, false);

	if (slot == NULL)
		return;
	postpone(slot, RELEASE_MS, false);
	shared_call_launcher();
}
