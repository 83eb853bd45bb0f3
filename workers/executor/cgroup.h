/*
 * cgroup.h: limits over all processes of one program together.
 *
 * The operator delegates directories of the cgroup file system: one of version 2, or one for each
 * controller of version 1.  Every program gets a cgroup of its own beneath, for as long as it runs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_CGROUP_H
#define EXECUTOR_CGROUP_H

#include <stdbool.h>

#include "common/failure.h"

#define CGROUP_MAX 3

typedef struct CgroupPlan
{
	int			directories[CGROUP_MAX];	/* open */
	int			n;				/* 0: no cgroups */
	int			memory_mb;
	int			processes;
	int			cpu_percent;	/* of one core */
} CgroupPlan;

/* One program's cgroups. */
typedef struct Cgroup
{
	const CgroupPlan *plan;
	char		name[32];
	int			procs[CGROUP_MAX];	/* each directory's cgroup.procs, open for writing; -1: none */
} Cgroup;

/* Opens the directories, separated by colons; an empty text is none. */
extern bool cgroup_open(CgroupPlan *plan, const char *directories, Failure *failure) MUST_CHECK;
extern void cgroup_close(CgroupPlan *plan);

/* Makes a program's cgroups and their limits; false with nothing left behind. */
extern bool cgroup_create(Cgroup *cgroup, const CgroupPlan *plan, Failure *failure) MUST_CHECK;

/* Moves the calling process in; NULL, or what could not be done.  Async-signal-safe. */
extern const char *cgroup_enter(const int *procs, int n);

/* Once all its processes have ended. */
extern void cgroup_destroy(Cgroup *cgroup);

#endif							/* EXECUTOR_CGROUP_H */
