/*
 * patrol.c: when the keeper looks whether everything is as it was left.
 *
 * Order: ask the database whose turn it is; look at one page; rest in proportion to what the page took,
 * so that inspecting takes its share of the time and no more, and what there is to do comes in between.
 * An inspection that waits for the checkpoint which its sample follows from is asked for again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/patrol.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "keeper/inspect.h"
#include "keeper/keeper_metrics.h"

/* how soon to ask again when none is due, or one waits */
#define PATROL_ASK_MS 60000
#define PATROL_WAIT_MS 2000

void
patrol_init(Patrol *patrol, int hours, int percent, int share)
{
	*patrol = (Patrol) {.hours = hours,.percent = percent,.share = share,.under_way = true};
}

int64_t
patrol_rest(const Patrol *patrol)
{
	const int64_t rest = patrol->next_ms - clock_ms();

	return rest > 0 ? rest : 0;
}

/* No tenant is due: what was found is said now. */
static bool
patrol_end(Patrol *patrol, Failure *failure)
{
	const bool	good = patrol->reason[0] == '\0';

	patrol->next_ms = clock_ms() + PATROL_ASK_MS;
	if (patrol->under_way)
		keeper_metrics_inspected(good);
	patrol->under_way = false;
	if (!good)
		failure_set_sqlstate(failure, "UP902", "%s", patrol->reason);
	return good;
}

static bool
patrol_page(Patrol *patrol, Keeper *keeper, Inspection *inspection, Failure *failure)
{
	const int64_t began_ms = clock_ms();
	bool		done;
	bool		ok = inspect(keeper, inspection, &done, failure);

	patrol->under_way = true;
	patrol->next_ms = clock_ms() + (clock_ms() - began_ms) * (100 - patrol->share) / patrol->share;
	if (ok && done && patrol->reason[0] == '\0')
		snprintf(patrol->reason, sizeof(patrol->reason), "%s", inspection->reason);
	return ok;
}

bool
patrol_step(Patrol *patrol, Keeper *keeper, bool *more, Failure *failure)
{
	Inspection	inspection;
	bool		due = false;

	*more = false;
	if (patrol->hours == 0 || patrol_rest(patrol) > 0)
		return true;
	if (!(patrol->since[0] != '\0' || tasks_now(keeper->conn, patrol->since, failure)) ||
		!tasks_inspection(keeper->conn, patrol->since, patrol->hours, patrol->percent, &inspection,
						  &due, failure))
		return false;
	if (!due)
		return patrol_end(patrol, failure);
	if (inspection.waits)
	{
		patrol->next_ms = clock_ms() + PATROL_WAIT_MS;
		return true;
	}
	*more = true;
	return patrol_page(patrol, keeper, &inspection, failure);
}
