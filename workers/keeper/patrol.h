/*
 * patrol.h: when the keeper looks whether everything is as it was left.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_PATROL_H
#define KEEPER_PATROL_H

#include <stdint.h>

#include "keeper/duties.h"

typedef struct Patrol
{
	int			hours;			/* between two inspections of a tenant's; 0: none */
	int			percent;		/* how many objects of a hundred are read and hashed */
	int			share;			/* how much of the time it may take, of a hundred */
	char		since[TASK_STAMP_SIZE];		/* every tenant's is inspected once after this; empty: now */
	int64_t		next_ms;		/* no page before this */
	bool		under_way;		/* it is not known yet whether all are good: since the start, or a page */
	char		reason[sizeof(((Failure *) NULL)->message)];	/* the first finding */
} Patrol;

extern void patrol_init(Patrol *patrol, int hours, int percent, int share);

/*
 * Looks at a page, if it is time; *more: the next may be looked at.  A finding is a failure with UP902
 * after every tenant that is due was inspected and told.
 */
extern bool patrol_step(Patrol *patrol, Keeper *keeper, bool *more, Failure *failure) MUST_CHECK;

/* The milliseconds until the next page. */
extern int64_t patrol_rest(const Patrol *patrol);

#endif							/* KEEPER_PATROL_H */
