/*
 * pool.c: the lanes to one database, and the pools of the databases that tenants have for themselves.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "common/log.h"

#define POOL_IDLE_MS 60000
#define POOL_LOOK_MS 5000
#define POOL_READERS 1			/* of a tenant's database, in the read and in the slow lane */

static void
close_lanes(Pool *pool, int count)
{
	for (int i = 0; i < count; i++)
		lane_close(&pool->lanes[i]);
}

/* connections: of each lane.  database: NULL is the one that the settings name. */
static bool
open_lanes(Pool *pool, Loop *loop, const Settings *settings, const char *database,
		   const int *connections, Failure *failure)
{
	const struct
	{
		const char *name;
		const LaneSettings *settings;
		bool		read_only;
	}			kinds[LANE_COUNT] = {
		[LANE_READ] = {"read", &settings->read, true},
		[LANE_WRITE] = {"write", &settings->write, false},
		[LANE_SLOW] = {"slow", &settings->slow, true},
	};

	pool->target = (PgTarget) {.conninfo = settings->database, .database = database,
	.password = settings->database_password, .application = "portarium-sidecar"};
	for (int i = 0; i < LANE_COUNT; i++)
	{
		PipelineRules rules = {&pool->target, kinds[i].name, call_setup, call_context,
		kinds[i].read_only, kinds[i].settings->timeout_ms};

		if (!lane_open(&pool->lanes[i], loop, &rules, connections[i], kinds[i].settings->depth,
					   failure))
		{
			close_lanes(pool, i);
			return false;
		}
	}
	return true;
}

bool
pool_open_home(Pool *pool, Loop *loop, const Settings *settings, Failure *failure)
{
	const int	connections[LANE_COUNT] = {
		[LANE_READ] = settings->read.connections,
		[LANE_WRITE] = settings->write.connections,
		[LANE_SLOW] = settings->slow.connections,
	};

	return open_lanes(pool, loop, settings, NULL, connections, failure);
}

void
pool_close(Pool *pool)
{
	close_lanes(pool, LANE_COUNT);
}

static bool
pool_rests(const Pool *pool)
{
	for (int i = 0; i < LANE_COUNT; i++)
		if (pool->lanes[i].queued > 0 || lane_in_flight(&pool->lanes[i]) > 0)
			return false;
	return true;
}

/* Closes what has not been used for long; when there was no room, whatever is not used now. */
static void
on_timer(void *owner)
{
	Pools	   *pools = owner;
	int64_t		unused_since = pools->loop->now_ms - (pools->full ? 0 : POOL_IDLE_MS);

	pools->full = false;
	for (Pool **link = &pools->first; *link != NULL;)
	{
		Pool	   *pool = *link;

		if (pool->used_ms > unused_since || !pool_rests(pool))
		{
			link = &pool->next;
			continue;
		}
		log_info("leaving a database", log_text("database", pool->database));
		*link = pool->next;
		pools->count--;
		pool_close(pool);
		free(pool);
	}
	if (pools->first != NULL)
		timer_set(&pools->loop->timers, &pools->timer, pools->loop->now_ms + POOL_LOOK_MS);
}

void
pools_init(Pools *pools, Loop *loop, const Settings *settings)
{
	memset(pools, 0, sizeof(*pools));
	pools->loop = loop;
	pools->settings = settings;
	pools->timer = (Timer) {0, 0, on_timer, pools};
}

void
pools_close(Pools *pools)
{
	timer_unset(&pools->loop->timers, &pools->timer);
	while (pools->first != NULL)
	{
		Pool	   *pool = pools->first;

		pools->first = pool->next;
		pool_close(pool);
		free(pool);
	}
}

static Pool *
pools_add(Pools *pools, const char *database, Failure *failure)
{
	const int	connections[LANE_COUNT] = {
		[LANE_READ] = POOL_READERS,
		[LANE_WRITE] = pools->settings->database_connections,
		[LANE_SLOW] = POOL_READERS,
	};
	Pool	   *pool = calloc(1, sizeof(Pool));

	if (pool == NULL)
	{
		failure_set_sqlstate(failure, "53200", "out of memory");
		return NULL;
	}
	snprintf(pool->database, sizeof(pool->database), "%s", database);
	if (!open_lanes(pool, pools->loop, pools->settings, pool->database, connections, failure))
	{
		failure_set_sqlstate(failure, "53200", "out of memory");
		free(pool);
		return NULL;
	}
	log_info("entering a database", log_text("database", pool->database));
	pool->next = pools->first;
	pools->first = pool;
	pools->count++;
	return pool;
}

Pool *
pools_find(Pools *pools, const char *database, Failure *failure)
{
	Pool	   *pool = pools->first;
	Loop	   *loop = pools->loop;

	while (pool != NULL && strcmp(pool->database, database) != 0)
		pool = pool->next;
	if (pool == NULL && pools->count >= pools->settings->databases_max)
	{
		pools->full = true;
		timer_set(&loop->timers, &pools->timer, loop->now_ms);
		failure_set_sqlstate(failure, "53300", "too many databases are in use");
		return NULL;
	}
	if (pool == NULL)
		pool = pools_add(pools, database, failure);
	if (pool == NULL)
		return NULL;
	pool->used_ms = loop->now_ms;
	if (pools->timer.place == 0)
		timer_set(&loop->timers, &pools->timer, loop->now_ms + POOL_LOOK_MS);
	return pool;
}

size_t
pools_timers(const Settings *settings)
{
	int			each = settings->database_connections + 2 * POOL_READERS + LANE_COUNT;

	return (size_t) settings->databases_max * (size_t) each + 1;
}
