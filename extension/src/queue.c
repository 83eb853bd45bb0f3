/*
 * queue.c
 *		Queueing jobs: what portarium_int.enqueue() of sql/52_dispatch.sql does, for the jobs of one
 *		tenant and queue.
 *
 * Order: the ring tells the slot; a row of that slot for each job, a microsecond of pass apart; at
 * the end the lane is woken if it sleeps. Nothing is locked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "clock.h"
#include "queue.h"
#include "ring.h"
#include "row.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"

#define SUB_LANES 16

struct Queue
{
	RowWriter	ready;
	EState	   *estate;
	const pg_uuid_t *tenant;
	Datum		name;
	int64		lane;
	int64		pass;			/* of the first job */
	int64		jobs;
	int16		slot;
};

/* portarium_int.lane_of(). */
static int64
lane_of(const pg_uuid_t *tenant, Datum queue, uint32 sub)
{
	Datum		seed = DirectFunctionCall2(uuid_hash_extended, UUIDPGetDatum(tenant),
										   Int64GetDatum(0));
	Datum		hash = DirectFunctionCall2Coll(hashtextextended, DEFAULT_COLLATION_OID, queue, seed);

	return (DatumGetInt64(hash) & -SUB_LANES) | (sub % SUB_LANES);
}

/* spread: any number; the jobs of one call share a sub-lane, and many calls use all of them. */
Queue *
queue_open(EState *estate, const pg_uuid_t *tenant, Datum name, uint32 spread)
{
	Queue	   *queue = palloc0(sizeof(Queue));

	queue->estate = estate;
	queue->tenant = tenant;
	queue->name = name;
	queue->lane = lane_of(tenant, name, spread);
	queue->pass = clock_unix_us();
	queue->slot = ring_current("ready_slot");
	row_begin_write(&queue->ready, psprintf("ready_%d", queue->slot), estate);
	return queue;
}

void
queue_add(Queue *queue, const pg_uuid_t *run, int32 epoch)
{
	RowWriter  *ready = &queue->ready;

	queue->jobs++;
	row_clear(ready);
	row_set(ready, "slot", Int16GetDatum(queue->slot));
	row_set(ready, "lane_id", Int64GetDatum(queue->lane));
	row_set(ready, "pass", Int64GetDatum(queue->pass + queue->jobs));
	row_set(ready, "tenant_id", UUIDPGetDatum(queue->tenant));
	row_set(ready, "run_id", UUIDPGetDatum(run));
	row_set(ready, "epoch", Int32GetDatum(epoch));
	row_insert(ready);
}

/* Whether some row of the lane lets a claim see these jobs. vtime: the turn of a row that does not. */
static bool
lane_shows(const Queue *queue, int64 *vtime)
{
	RowKey		key = {"lane_id", F_INT8EQ, Int64GetDatum(queue->lane), false};
	RowReader	reader;
	bool		is_null,
				shows = false;

	row_begin_read(&reader, "lane_hot");
	for (bool more = row_find(&reader, "lane_hot_lane", &key, 1); more && !shows;
		 more = row_next(&reader))
	{
		*vtime = DatumGetInt64(row_get(&reader, "vtime", &is_null));
		shows = DatumGetInt64(row_get(&reader, "low_water", &is_null)) <= queue->pass;
	}
	row_end_read(&reader);
	return shows;
}

static void
wake_lane(const Queue *queue, int64 vtime)
{
	RowWriter	lane;

	row_begin_write(&lane, "lane_hot", queue->estate);
	row_set(&lane, "lane_id", Int64GetDatum(queue->lane));
	row_set(&lane, "queue", queue->name);
	row_set(&lane, "vtime", Int64GetDatum(vtime));
	row_set(&lane, "low_water", Int64GetDatum(0));
	row_set(&lane, "served_at", TimestampTzGetDatum(GetCurrentTimestamp()));
	row_set(&lane, "tenant_id", UUIDPGetDatum(queue->tenant));
	row_insert(&lane);
	row_end_write(&lane);
}

void
queue_close(Queue *queue)
{
	int64		vtime = 0;

	if (queue->jobs > 0 && !lane_shows(queue, &vtime))
		wake_lane(queue, vtime);
	row_end_write(&queue->ready);
	pfree(queue);
}
