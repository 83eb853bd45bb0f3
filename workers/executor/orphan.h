/*
 * orphan.h: processes that a program left behind.
 *
 * A program can put a child into a group of its own, where killing the program's group does not
 * reach it.  A process that adopted its descendants becomes the parent of such a child as soon as
 * the child's own parent ends, and can kill it then.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_ORPHAN_H
#define EXECUTOR_ORPHAN_H

#include <stdbool.h>

#include "common/failure.h"

/* Both are async-signal-safe. */

/* Makes this process the one that its orphaned descendants are given to. */
extern bool orphan_adopt(void) MUST_CHECK;

/* Kills and reaps every child of this process, and whatever is given to it meanwhile. */
extern void orphan_kill(void);

#endif							/* EXECUTOR_ORPHAN_H */
