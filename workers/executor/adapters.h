/*
 * adapters.h: the kinds of adapter behind one door.
 *
 * To add a kind: a member of OperationKind and its members in operation.c, a module with begin,
 * step and abandon, and a line in each function of adapters.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_ADAPTERS_H
#define EXECUTOR_ADAPTERS_H

#include <poll.h>

#include "executor/exec.h"
#include "executor/http.h"
#include "executor/job.h"

typedef struct Adapters
{
	Http	   *http;
	const ExecSettings *exec;
} Adapters;

/* Starts a RUNNING job; it may end at once. */
extern void adapters_begin(const Adapters *adapters, Job *job);

/* Moves all jobs on. */
extern void adapters_step(const Adapters *adapters, JobTable *table);

/* Stops a job without an outcome. */
extern void adapters_abandon(const Adapters *adapters, Job *job);

/* Fills in the descriptors of all jobs, EXEC_FDS at most for each; returns how many. */
extern int	adapters_fds(const JobTable *table, struct pollfd *fds);

/* When a job must be stepped at the latest though no descriptor is ready; INT64_MAX: no need. */
extern int64_t adapters_due(const JobTable *table);

#endif							/* EXECUTOR_ADAPTERS_H */
