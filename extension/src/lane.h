/*
 * lane.h
 *		The lanes that a claim may serve, in the order in which it does.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_LANE_H
#define PORTARIUM_LANE_H

#include "storage/itemptr.h"
#include "utils/uuid.h"

typedef struct Lane
{
	ItemPointerData tid;
	int64		id;
	int64		vtime;			/* 0: it has just woken */
	int64		looked_at;		/* 0: never */
	pg_uuid_t	tenant;
	int64		tenant_time;	/* the mean of the vtimes of its lanes that are not 0 */
	int64		peers;			/* how many those are */
} Lane;

typedef struct Lanes
{
	Lane	   *all;
	int			count;
	int			room;
	int64		floor;			/* no tenant's time counts as less */
	bool		governed;		/* a quota bears on one of them */
} Lanes;

/* The lanes of these queues, the next to be served first. */
extern void lane_read_all(Lanes *lanes, Datum *queues, int queue_count);

/* The lane's virtual time after a visit that found so many jobs. */
extern int64 lane_charged(const Lane *lane, int64 floor, int jobs);

#endif							/* PORTARIUM_LANE_H */
