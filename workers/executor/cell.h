/*
 * cell.h: the namespaces in which a program runs, and the file tree that it sees there.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_CELL_H
#define EXECUTOR_CELL_H

#include <sched.h>
#include <sys/types.h>

/* Where a program finds the egress proxy. */
#define CELL_EGRESS "/run/egress.sock"

/* What clone() must make anew for a cell. */
#define CELL_NAMESPACES \
	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

typedef struct CellPlan
{
	uid_t		user;			/* who the program is outside */
	gid_t		group;
	int			tmp_mb;			/* what /tmp holds */
	const char *egress_socket;	/* NULL: no way out at all */
} CellPlan;

/*
 * In the first process of the new namespaces: becomes their user, and makes the tree.  NULL, or what
 * could not be done, with errno set.  Async-signal-safe.
 */
extern const char *cell_furnish(const CellPlan *plan);

#endif							/* EXECUTOR_CELL_H */
