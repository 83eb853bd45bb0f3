/*
 * shared.c
 *		What the backends of a database, its worker and the launcher share.
 *
 * One slot for each database. The memory is there when the library is in shared_preload_libraries;
 * without it there is no slot, and everybody does without.
 *
 * Lock: one LWLock guards which slot is whose, the latches and the times; the atomics of a slot
 * need none. A slot is given to another database only when its own is gone or its worker is absent,
 * and a backend that keeps a pointer looks at slot->database before it uses it.
 *
 * SPDX-License-Identifier: PostgreSQL
 * /
 */
#include "postgres.h"

#include "compat.h"
#include "miscadmin.h"
#include "shared.h"
#include "storage/ipc.h"
#include "storage/shmem.h"

#define TRANCHE_NAME "portarium"

typedef struct SharedState
{
	LWLock	   *lock;
	Latch	   *launcher_latch;
	pg_atomic_uint32 shortage;	/* a database waits for a worker process */
	DatabaseSlot slots[SHARED_MAX_DATABASES];
} SharedState;

static SharedState *shared;
static shmem_startup_hook_type next_startup_hook;
static CompatHook next_request_hook;

static void
request_memory(void)
{
	if (next_request_hook != NULL)
		next_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(SharedState)));
	RequestNamedLWLockTranche(TRANCHE_NAME, 1);
}

static void
init_counts(DatabaseSlot *slot)
{
	pg_atomic_init_u64(&slot->ticks, 0);
	pg_atomic_init_u64(&slot->failures, 0);
	pg_atomic_init_u64(&slot->busy_us, 0);
	pg_atomic_init_u64(&slot->ticked_at, 0);
}

static void
init_slot(DatabaseSlot *slot)
{
	slot->database = InvalidOid;
	pg_atomic_init_u32(&slot->state, WORKER_ABSENT);
	pg_atomic_init_u32(&slot->stop, 0);
	pg_atomic_init_u32(&slot->armed, 0);
	pg_atomic_init_u64(&slot->generation, 0);
	slot->worker_latch = NULL;
	slot->not_before = 0;
	slot->due_at = 0;
	ConditionVariableInit(&slot->waiters);
	init_counts(slot);
}

static void
attach(void)
{
	bool		found;

	if (next_startup_hook != NULL)
		next_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(TRANCHE_NAME, sizeof(SharedState), &found);
	if (!found)
	{
		shared->lock = &GetNamedLWLockTranche(TRANCHE_NAME)->lock;
		shared->launcher_latch = NULL;
		pg_atomic_init_u32(&shared->shortage, 0);
		for (int i = 0; i < SHARED_MAX_DATABASES; i++)
			init_slot(&shared->slots[i]);
	}
	LWLockRelease(AddinShmemInitLock);
}

/* Called while the postmaster loads the library. */
void
shared_request(void)
{
	next_request_hook = compat_on_shmem_request(request_memory);
	next_startup_hook = shmem_startup_hook;
	shmem_startup_hook = attach;
}

DatabaseSlot *
shared_slots(void)
{
	return shared->slots;
}

LWLock *
shared_lock(void)
{
	return shared->lock;
}

static bool
is_idle(DatabaseSlot *slot)
{
	return slot->worker_latch == NULL && pg_atomic_read_u32(&slot->state) == WORKER_ABSENT;
}

/* The database's slot, else one that nobody needs. The caller holds the lock. */
static DatabaseSlot *
find_slot(Oid database, bool create)
{
	DatabaseSlot *unused = NULL;

	for (int i = 0; i < SHARED_MAX_DATABASES; i++)
	{
		DatabaseSlot *slot = &shared->slots[i];

		if (slot->database == database)
			return slot;
		if (slot->database == InvalidOid || (unused == NULL && is_idle(slot)))
			unused = slot;
	}
	if (!create || unused == NULL)
		return NULL;
	unused->database = database;
	pg_atomic_write_u32(&unused->stop, 0);
	unused->not_before = 0;
	init_counts(unused);
	return unused;
}

/* NULL when there is no shared memory, or no slot is left. */
DatabaseSlot *
shared_slot(Oid database, bool create)
{
	DatabaseSlot *slot;

	if (shared == NULL)
		return NULL;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = find_slot(database, create);
	LWLockRelease(shared->lock);
	return slot;
}

void
shared_set_launcher(Latch *latch)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->launcher_latch = latch;
	LWLockRelease(shared->lock);
}

void
shared_call_launcher(void)
{
	LWLockAcquire(shared->lock, LW_SHARED);
	if (shared->launcher_latch != NULL)
		SetLatch(shared->launcher_latch);
	LWLockRelease(shared->lock);
}

void
shared_set_worker(DatabaseSlot *slot, Latch *latch)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot->worker_latch = latch;
	LWLockRelease(shared->lock);
}

void
shared_call_worker(DatabaseSlot *slot)
{
	LWLockAcquire(shared->lock, LW_SHARED);
	if (slot->worker_latch != NULL)
		SetLatch(slot->worker_latch);
	LWLockRelease(shared->lock);
}

/* Set by the launcher, looked at by the workers. */
void
shared_set_shortage(bool shortage)
{
	pg_atomic_write_u32(&shared->shortage, shortage);
}

bool
shared_shortage(void)
{
	return pg_atomic_read_u32(&shared->shortage) == 1;
}
