/*
 * overrides.h: a daemon's settings, with the database in the place of each %d.
 *
 * They come from the daemon's file, and from the environment where it has a %d.  A daemon's
 * environment wins over its file, so they are handed on there.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVERYWHERE_OVERRIDES_H
#define EVERYWHERE_OVERRIDES_H

#include <stdbool.h>

#include "common/failure.h"

#define OVERRIDES_MAX 128
#define OVERRIDE_SIZE 4096

typedef struct Override
{
	char	   *name;
	char	   *value;			/* with its %d */
} Override;

typedef struct Overrides
{
	Override	items[OVERRIDES_MAX];
	int			count;
} Overrides;

/* path: the daemon's file of KEY=value lines; NULL: there is none.  Owns what it has read. */
extern bool overrides_read(Overrides *overrides, const char *path, Failure *failure) MUST_CHECK;
extern void overrides_free(Overrides *overrides);

/* Whether a setting is another one in each database. */
extern bool overrides_vary(const Overrides *overrides, const char *name);

/*
 * Sets them all in the environment of this process, for one database.  An absolute path that ends
 * in /%d is the database's own directory, which is made, for us alone, when it is not there.
 */
extern bool overrides_apply(const Overrides *overrides, const char *database,
							Failure *failure) MUST_CHECK;

#endif							/* EVERYWHERE_OVERRIDES_H */
