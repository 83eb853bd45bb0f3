/*
 * orphan.h: processes that a program left behind.
 *
 * A program can put a child into a group of its own, where killing the program's group does not
 * reach it.  The executor declares itself the reaper of its descendants, so such a child becomes
 * its own child as soon as its parent ends, and is killed then.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_ORPHAN_H
#define EXECUTOR_ORPHAN_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/failure.h"

typedef bool (*OrphanKnown) (pid_t pid, void *context);

/* Declares the process the reaper of its descendants. */
extern bool orphan_adopt(Failure *failure) MUST_CHECK;

/* Kills and reaps every child of this process that is not known; returns how many. */
extern int	orphan_kill(OrphanKnown known, void *context);

#endif							/* EXECUTOR_ORPHAN_H */
