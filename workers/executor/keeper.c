/*
 * keeper.c: the first process of a program's cell.
 *
 * In a process namespace the first process ignores signals that it has no handler for, reaps every
 * orphan, and takes all others with it when it ends.  No program expects to live like that; so the
 * keeper does, and the program is its child.
 *
 * The keeper is a copy of the executor that executes nothing; so nobody in the cell may look into
 * it: it is not dumpable, and the program's layers keep it from trying.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEEPER_FAILED 127

void
keeper_give_up(const char *what)
{
	const char *parts[] = {"could not ", what, ": ", strerrordesc_np(errno)};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			break;
	}
	_exit(KEEPER_FAILED);
}

/* A warden that died before prctl took effect sends no signal any more, but its pipe is closed. */
static bool
keeper_tied(int status_fd)
{
	struct pollfd pipe_end = {status_fd, 0, 0};

	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && poll(&pipe_end, 1, 0) == 0;
}

static void
keeper_make_cell(const KeeperTask *task)
{
	const Sandbox *sandbox = task->sandbox;
	const CellPlan plan = {task->user, task->group, sandbox->tmp_mb, sandbox->egress_socket};
	const char *trouble = cgroup_enter(task->cgroup_procs, sandbox->cgroup.n);

	if (trouble == NULL && (sandbox->layers & SANDBOX_NAMESPACES) != 0)
		trouble = cell_furnish(&plan);
	if (trouble != NULL)
		keeper_give_up(trouble);
}

static pid_t
keeper_start(const KeeperTask *task)
{
	pid_t		program = fork();

	if (program == 0)
		keeper_give_up(sandbox_enter(task->sandbox, task->argv, task->cpu_seconds));
	if (program < 0)
		keeper_give_up("start it");
	return program;
}

void
keeper_run(const KeeperTask *task)
{
	pid_t		program;
	pid_t		ended;
	int			status = 0;

	if (!keeper_tied(task->status_fd))
		_exit(KEEPER_FAILED);
	keeper_make_cell(task);
	program = keeper_start(task);
	(void) close_range(STDIN_FILENO, SANDBOX_PROGRAM_FD, 0);
	do
		ended = waitpid(-1, &status, 0);
	while (ended != program && (ended > 0 || errno == EINTR));
	if (ended != program || write(task->status_fd, &status, sizeof(status)) != sizeof(status))
		_exit(KEEPER_FAILED);
	_exit(0);
}
