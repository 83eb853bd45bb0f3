/*
 * children.h: one process for each database.
 *
 *      wanted ──► running ──► ended ──backoff──► running …
 *                    │
 *                    └── no longer wanted: SIGTERM, and forgotten when it has ended
 *
 * A child dies with this process, however that ends.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVERYWHERE_CHILDREN_H
#define EVERYWHERE_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/backoff.h"
#include "everywhere/overrides.h"

#define CHILDREN_MAX 1024
#define CHILD_NAME_SIZE 64

typedef struct Child
{
	char		database[CHILD_NAME_SIZE];
	pid_t		pid;			/* 0: it does not run */
	bool		wanted;
	int64_t		started_ms;
	int64_t		not_before_ms;
	Backoff		backoff;
} Child;

typedef struct Children
{
	const Overrides *overrides;
	const char *control;		/* the database whose child may listen */
	char	   *const *command;
	Child		items[CHILDREN_MAX];
	int			count;
} Children;

extern void children_init(Children *children, const Overrides *overrides, const char *control,
						  char *const *command);

/* A new list of what is wanted: begin, one call a database, end. */
extern void children_want_none(Children *children);
extern void children_want(Children *children, const char *database);

/* Starts what is wanted and due, stops what is not wanted; milliseconds until it has more to do, -1: none. */
extern int	children_look_after(Children *children);

/* Takes note of those that have ended. */
extern void children_reap(Children *children);

extern void children_signal(const Children *children, int signal_number);
extern int	children_running(const Children *children);

#endif							/* EVERYWHERE_CHILDREN_H */
