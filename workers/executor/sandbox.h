/*
 * sandbox.h: what a program may use.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_SANDBOX_H
#define EXECUTOR_SANDBOX_H

#include <sys/types.h>

/* Where the open program is expected. */
#define SANDBOX_PROGRAM_FD 3

typedef struct SandboxLimits
{
	int			memory_mb;		/* address space */
	int			file_mb;		/* the largest file that it may write */
	int			files;			/* open files */
	int			processes;		/* processes of the executor's user, over the whole machine */
} SandboxLimits;

/*
 * In the program's process: own process group, dies with its parent, no new privileges, limits, and
 * then the program with no environment but PATH.  Returns only when that failed, with errno set.
 * Async-signal-safe.
 */
extern void sandbox_enter(char *const *argv, const SandboxLimits *limits, int cpu_seconds,
						  pid_t parent);

#endif							/* EXECUTOR_SANDBOX_H */
