/*
 * exec.h: the adapter that runs programs.
 *
 * A program is a regular file of the program directory.  It gets the input as JSON on stdin and
 * answers with JSON on stdout.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_EXEC_H
#define EXECUTOR_EXEC_H

#include <poll.h>

#include "executor/job.h"
#include "executor/sandbox.h"

/* Descriptors that one running job may want to be waited for. */
#define EXEC_FDS 3

typedef struct ExecSettings
{
	int			programs_fd;	/* open directory, -1: no programs here */
	Sandbox		sandbox;
	const char *weak;			/* what the sandbox lacks, by name; NULL: nothing */
} ExecSettings;

/* Starts the program of a RUNNING job, or ends the job with the reason. */
extern void exec_begin(const ExecSettings *settings, Job *job);

/* The descriptors to wait for; returns how many. */
extern int	exec_fds(const Job *job, struct pollfd fds[EXEC_FDS]);

/* Moves a program on; ends the job when it ended, wrote too much or took too long. */
extern void exec_step(Job *job);

/* Kills the program without an outcome; the job's owner decides what it means. */
extern void exec_abandon(Job *job);

#endif							/* EXECUTOR_EXEC_H */
