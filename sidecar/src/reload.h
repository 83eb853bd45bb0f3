/*
 * reload.h: the parts of the service that can change while it runs: catalogue and keys.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_RELOAD_H
#define SIDECAR_RELOAD_H

#include "service.h"

typedef struct Reload
{
	Service    *service;
	const char *config_path;	/* NULL: the environment only */
	Timer		timer;			/* when to try again */
	bool		loading;
	bool		again;			/* asked for while loading */
	void		(*loaded) (Service *service);	/* after each new catalogue */
} Reload;

extern void reload_init(Reload *reload, Service *service, const char *config_path,
						void (*loaded) (Service *service));

/* Fetches the catalogue, until it succeeds; the old one serves until the new one is there. */
extern void reload_catalog(Reload *reload);

/* Reads the key files again.  When one is unusable, all of the old ones stay. */
extern void reload_keys(Reload *reload);

#endif							/* SIDECAR_RELOAD_H */
