/*
 * service.h: what all requests share.
 *
 * One thread uses it, so nothing here is locked.  A new catalogue replaces the old one between two
 * requests: a statement is built at once and keeps no pointer into it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_SERVICE_H
#define SIDECAR_SERVICE_H

#include "catalog.h"
#include "identity.h"
#include "loop.h"
#include "pool.h"
#include "quota.h"
#include "settings.h"

typedef struct Service
{
	Loop		loop;
	Settings	settings;
	Pool		home;			/* the control database */
	Pools		pools;			/* of tenants of tier C */
	Catalog    *catalog;		/* NULL until it is loaded */
	Identities	identities;
	Quota		quota;
	Quota		streams;		/* open event streams, by tenant */
	int			stream_count;
	int			connections;
	bool		draining;
} Service;

/* Whose login context tokens are made for; NULL while nothing is connected. */
static inline const PGconn *
service_session(const Service *service)
{
	for (int lane = 0; lane < LANE_COUNT; lane++)
		for (int i = 0; i < service->home.lanes[lane].connections; i++)
			if (service->home.lanes[lane].pipelines[i].state == PIPELINE_UP)
				return service->home.lanes[lane].pipelines[i].conn;
	return NULL;
}

/* It can do what it is for. */
static inline bool
service_ready(const Service *service)
{
	return service->catalog != NULL && !service->draining &&
		lane_up(&service->home.lanes[LANE_READ]) > 0 && lane_up(&service->home.lanes[LANE_WRITE]) > 0 &&
		lane_up(&service->home.lanes[LANE_SLOW]) > 0;
}

#endif							/* SIDECAR_SERVICE_H */
