/*
 * keeper.h: the first process of a program's cell.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_KEEPER_H
#define EXECUTOR_KEEPER_H

#include "executor/sandbox.h"

typedef struct KeeperTask
{
	const Sandbox *sandbox;
	char	  **argv;
	int			cpu_seconds;
	uid_t		user;			/* who we are outside */
	gid_t		group;
	const int  *cgroup_procs;
	int			status_fd;		/* where the program's status is written */
} KeeperTask;

/*
 * Makes the cell, starts the program in it, waits for its end and writes its status, as waitpid
 * gives it, to status_fd.  Without that, there was no end that a program could have.
 */
extern void keeper_run(const KeeperTask *task) __attribute__((noreturn));

/* Says on the program's stderr what could not be done, with errno's reason, and ends. */
extern void keeper_give_up(const char *what) __attribute__((noreturn));

#endif							/* EXECUTOR_KEEPER_H */
