/*
 * sandbox.h: what a program may use.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_SANDBOX_H
#define EXECUTOR_SANDBOX_H

#include <sys/types.h>

typedef struct SandboxLimits
{
	int			memory_mb;		/* address space */
	int			file_mb;		/* the largest file that it may write */
	int			files;			/* open files */
	int			processes;		/* processes of the executor's user, over the whole machine */
} SandboxLimits;

/*
 * In the child: own process group, dies with the executor, no new privileges, limits, standard
 * descriptors, nothing else open but the program, and then the program with no environment but
 * PATH.  Returns only when that failed, with errno set.  Async-signal-safe.
 */
extern void sandbox_enter(int program_fd, char *const *argv, const int standard[3],
						  const SandboxLimits *limits, int cpu_seconds, pid_t parent);

#endif							/* EXECUTOR_SANDBOX_H */
