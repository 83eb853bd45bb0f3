/*
 * wake.c
 *		Waking whoever waits for work: executors in portarium.await, and the database's worker.
 *
 * Order: portarium_int.wake() notes that its transaction made work; when that has committed, and
 * its rows can be seen, the commit callback counts it in the database's slot and wakes who sleeps.
 * Work made in a prepared transaction wakes nobody and is found at the next tick.
 *
 * A waiter remembers the count at which its last wait ended. It looks for work after that, so what
 * was counted since may have been missed: then the next wait returns at once. A commit can thus
 * cause one look too many, never one too few.
 *
 * portarium.await ends the transaction that the call came with. In the one that follows no snapshot
 * is taken, so however long the wait, vacuum is not held up; nor is any lock held. Without shared
 * memory it is a nap: sql/18_wake.sql.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "args.h"
#include "compat.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "shared.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"
#include "wake.h"

#define NAP_MS 100

static DatabaseSlot *own_slot;
static bool work_was_made;
static uint64 seen_generation;

PG_FUNCTION_INFO_V1(portarium_wake_note);
PG_FUNCTION_INFO_V1(portarium_wake_await);

static DatabaseSlot *
database_slot(void)
{
	if (own_slot == NULL || own_slot->database != MyDatabaseId)
		own_slot = shared_slot(MyDatabaseId, true);
	return own_slot;
}

/* The worker: sleeping, it is woken; absent or resting, it is started. */
static void
wake_worker(DatabaseSlot *slot)
{
	uint32		absent = WORKER_ABSENT;
	uint32		resting = WORKER_RESTING;

	if (pg_atomic_exchange_u32(&slot->armed, 0) == 1)
		shared_call_worker(slot);
	else if (pg_atomic_compare_exchange_u32(&slot->state, &absent, WORKER_WANTED)
			 || pg_atomic_compare_exchange_u32(&slot->state, &resting, WORKER_WANTED))
		shared_call_launcher();
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	if (!work_was_made)
		return;
	if (event == XACT_EVENT_COMMIT && own_slot != NULL)
	{
		pg_atomic_fetch_add_u64(&own_slot->generation, 1);
		ConditionVariableBroadcast(&own_slot->waiters);
		wake_worker(own_slot);
	}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		work_was_made = false;
}

void
wake_init(void)
{
	RegisterXactCallback(at_transaction_end, NULL);
}

/* Finds the slot now: a commit callback is no place for what might fail. */
void
wake_note(void)
{
	if (!work_was_made)
		work_was_made = database_slot() != NULL;
}

Datum
portarium_wake_note(PG_FUNCTION_ARGS)
{
	wake_note();
	PG_RETURN_VOID();
}

static long
remaining_ms(TimestampTz deadline)
{
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
}

static void
nap_until(TimestampTz deadline)
{
	for (long left = remaining_ms(deadline); left > 0; left = remaining_ms(deadline))
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
wait_for_work(DatabaseSlot *slot, TimestampTz deadline)
{
	ConditionVariablePrepareToSleep(&slot->waiters);
	for (;;)
	{
		long		left = remaining_ms(deadline);

		if (left <= 0 || pg_atomic_read_u64(&slot->generation) != seen_generation)
			break;
		ConditionVariableTimedSleep(&slot->waiters, left, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	seen_generation = pg_atomic_read_u64(&slot->generation);
}

/* Ends the caller's transaction; SPI refuses inside a transaction block. */
static void
leave_transaction(FunctionCallInfo fcinfo)
{
	bool		atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext)
		|| castNode(CallContext, fcinfo->context)->atomic;

	SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC);
	SPI_commit();
	SPI_start_transaction();
}

Datum
portarium_wake_await(PG_FUNCTION_ARGS)
{
	int32		wait_ms = PG_ARGISNULL(1) ? NAP_MS : Max(PG_GETARG_INT32(1), 0);
	DatabaseSlot *slot;

	leave_transaction(fcinfo);
	slot = database_slot();
	if (slot == NULL)
		nap_until(TimestampTzPlusMilliseconds(GetCurrentTimestamp(), Min(wait_ms, NAP_MS)));
	else
		wait_for_work(slot, TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait_ms));
	SPI_finish();
	PG_RETURN_VOID();
}
