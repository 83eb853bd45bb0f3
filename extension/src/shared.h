/*
 * shared.h
 *		What the backends of a database, its worker and the launcher share.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_SHARED_H
#define PORTARIUM_SHARED_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/lwlock.h"

/* Databases with the extension beyond this number have no worker, and their waits are naps. */
#define SHARED_MAX_DATABASES 512

/*
 * A database's worker. The launcher starts the wanted ones; a worker that ends without having said
 * why is wanted again. /
 */
typedef enum WorkerState
{
	WORKER_ABSENT,				/* nothing to do, until a commit says that there is */
	WORKER_RESTING,				/* the same, or until due_at */
	WORKER_WANTED,
	WORKER_STARTING,
	WORKER_RUNNING
} WorkerState;

typedef struct DatabaseSlot
{
	Oid			database;		/* InvalidOid: free */
	pg_atomic_uint32 state;		/* WorkerState */
	pg_atomic_uint32 stop;		/* the worker shall leave. Written under the lock */
	pg_atomic_uint32 armed;		/* the worker sleeps and wants its latch set */
	pg_atomic_uint64 generation;	/* commits that made work; 0 is none yet */
	Latch	   *worker_latch;	/* NULL: no worker. Under the lock */
	TimestampTz not_before;		/* when the launcher may start it. Under the lock */
	TimestampTz due_at;			/* when a resting one is wanted again. Under the lock */
	ConditionVariable waiters;
	pg_atomic_uint64 ticks;		/* of the worker, since the server started */
	pg_atomic_uint64 failures;	/* ticks that were rolled back */
	pg_atomic_uint64 busy_us;	/* that ticks took */
	pg_atomic_uint64 ticked_at; /* the end of the last one, a TimestampTz; 0: none yet */
} DatabaseSlot;

extern void shared_request(void);
extern DatabaseSlot *shared_slot(Oid database, bool create);
extern DatabaseSlot *shared_slots(void);
extern LWLock *shared_lock(void);
extern void shared_set_launcher(Latch *latch);
extern void shared_call_launcher(void);
extern void shared_set_worker(DatabaseSlot *slot, Latch *latch);
extern void shared_call_worker(DatabaseSlot *slot);
extern void shared_set_shortage(bool shortage);
extern bool shared_shortage(void);

#endif							/* PORTARIUM_SHARED_H */
