/*
 * sandbox.h: what a program may use.
 *
 *     namespaces   a user, processes, files and a network of its own (cell.h)
 *     landlock     reads everywhere, writes in /tmp, no TCP, no signals to the outside (fence.h)
 *     seccomp      no sockets but UNIX sockets, no system calls that reach further (filter.h)
 *
 * Each layer alone would hold most of what a program tries; all of them are demanded, unless the
 * operator accepts a weak sandbox.  Beside the layers there are always resource limits, and cgroup
 * limits when the operator has delegated one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_SANDBOX_H
#define EXECUTOR_SANDBOX_H

#include <sys/types.h>

#include "executor/cell.h"
#include "executor/cgroup.h"
#include "executor/filter.h"

/* Where the open program is expected. */
#define SANDBOX_PROGRAM_FD 3

typedef enum SandboxLayer
{
	SANDBOX_NAMESPACES = 1,
	SANDBOX_LANDLOCK = 2,
	SANDBOX_SECCOMP = 4,
	SANDBOX_ALL = 7
} SandboxLayer;

typedef struct SandboxLimits
{
	int			memory_mb;		/* address space */
	int			file_mb;		/* the largest file that it may write */
	int			files;			/* open files */
	int			processes;		/* of one program; without namespaces, of the user on the machine */
} SandboxLimits;

typedef struct Sandbox
{
	unsigned int layers;
	SandboxLimits limits;
	int			tmp_mb;			/* what the private /tmp holds */
	const char *egress_socket;	/* NULL: programs have no way out */
	Filter		filter;
	CgroupPlan	cgroup;
} Sandbox;

/*
 * In the program's process: own process group, dies with its parent, no privileges, limits, the
 * layers that remain, and then the program with no environment but PATH.  Returns only when that
 * failed: what could not be done, with errno set.  Async-signal-safe.
 */
extern const char *sandbox_enter(const Sandbox *sandbox, char *const *argv, int cpu_seconds);

#endif							/* EXECUTOR_SANDBOX_H */
