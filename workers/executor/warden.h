/*
 * warden.h: the process between the executor and a program.
 *
 *     executor -- lifeline --> warden --> keeper --> program --> whatever it starts
 *
 * The warden outlives the program and sees to it that nothing else does: when the program ends, or
 * the lifeline is cut, it kills the keeper, and with it the cell, and everything that has escaped.  The
 * lifeline is a pipe; its end is cut when the executor wants the program gone, and also when the
 * executor itself is killed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_WARDEN_H
#define EXECUTOR_WARDEN_H

#include "executor/sandbox.h"

typedef struct WardenTask
{
	int			program_fd;
	char	  **argv;
	int			standard[3];	/* the program's ends of its pipes */
	int			lifeline_fd;	/* the reading end */
	int			cpu_seconds;
	const int  *cgroup_procs;
	const Sandbox *sandbox;
} WardenTask;

/*
 * Runs in a child of the executor and ends it: with the program's exit status, or by the signal
 * that ended the program.
 */
extern void warden_run(const WardenTask *task) __attribute__((noreturn));

#endif							/* EXECUTOR_WARDEN_H */
