/*
 * process.h: one program that runs for a job, seen from the executor.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_PROCESS_H
#define EXECUTOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/buf.h"
#include "executor/sandbox.h"

#define PROCESS_STDERR_MAX 256

/* Descriptors are -1 once closed. */
typedef struct Process
{
	pid_t		warden;			/* 0 once reaped */
	int			lifeline_fd;
	int			input_fd;
	int			output_fd;
	int			error_fd;
	int			status;			/* of waitpid, once reaped */
	bool		too_large;
	Cgroup		cgroup;
	Buf			output;
	char		error[PROCESS_STDERR_MAX];	/* the beginning of what it wrote on stderr */
	size_t		error_len;
} Process;

/* What to start; argv ends with NULL. */
typedef struct ProcessStart
{
	int			program_fd;
	char	  **argv;
	size_t		output_max;
	int			cpu_seconds;
} ProcessStart;

/* Starts it; false with nothing left behind. */
extern bool process_start(Process *process, const ProcessStart *start, const Sandbox *sandbox,
						  Failure *failure) MUST_CHECK;

/* Writes what fits of input[*offset..len) and closes the pipe at its end. */
extern void process_write(Process *process, const char *input, size_t len, size_t *offset);

/* Reads what is there of stdout and stderr. */
extern void process_read(Process *process);

/*
 * True once the program and everything that it started have ended: then status is set.  What it
 * wrote is still to be read.
 */
extern bool process_ended(Process *process);

/* The same, but waits for it. */
extern void process_finish(Process *process);

/* Has it killed with everything that it started, waits for that, and releases everything. */
extern void process_destroy(Process *process);

#endif							/* EXECUTOR_PROCESS_H */
