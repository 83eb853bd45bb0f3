/*
 * pool.h: the lanes to one database, and the pools of the databases that tenants have for themselves.
 *
 *      home pool: the control database, always there
 *      pools:     database ─► database ─► …    each opened by its first call, closed when it has
 *                                              not been used for a while
 *
 * A pool is closed by the timer only, so that no callback of its own connections finds it gone.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_POOL_H
#define SIDECAR_POOL_H

#include "lane.h"
#include "maxima.h"
#include "settings.h"

typedef enum LaneId
{
	LANE_READ,
	LANE_WRITE,
	LANE_SLOW,
	LANE_COUNT
} LaneId;

typedef struct Pool
{
	PgTarget	target;
	Lane		lanes[LANE_COUNT];
	struct Pool *next;
	int64_t		used_ms;
	char		database[LIMIT_DATABASE_SIZE];
} Pool;

typedef struct Pools
{
	Loop	   *loop;
	const Settings *settings;
	Pool	   *first;
	int			count;
	bool		full;			/* somebody was refused since the timer's last turn */
	Timer		timer;
} Pools;

/* The pool of the control database. */
extern bool pool_open_home(Pool *pool, Loop *loop, const Settings *settings,
						   Failure *failure) MUST_CHECK;
extern void pool_close(Pool *pool);

extern void pools_init(Pools *pools, Loop *loop, const Settings *settings);
extern void pools_close(Pools *pools);

/* The pool of a tenant's database, opened when it is not; NULL (53300, 53200) when it cannot be. */
extern Pool *pools_find(Pools *pools, const char *database, Failure *failure) MUST_CHECK;

/* How many timers the pools of such settings can have set at once. */
extern size_t pools_timers(const Settings *settings);

#endif							/* SIDECAR_POOL_H */
