/*
 * warden.c: the process between the executor and a program.
 *
 * Order: take hold of the descriptors and close all others (among them the lifelines of other
 * programs), start the keeper, wait for its end or the lifeline's, kill, end like the program.
 *
 * The executor had threads when it forked, so everything here is async-signal-safe.  SIGCHLD is
 * blocked and read from a descriptor.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/keeper.h"
#include "executor/orphan.h"

#define WARDEN_FAILED 127
#define WARDEN_LIFELINE_FD 4
#define WARDEN_CGROUP_FD 5
#define WARDEN_FDS (WARDEN_CGROUP_FD + CGROUP_MAX)
#define WARDEN_HIGH_FD 16

/*
 * Moves the descriptors to 0..4, and those of the cgroups behind them.  They are first copied out of
 * the way, so that none is overwritten before its turn.
 */
static bool
warden_descriptors(const WardenTask *task)
{
	int			wanted[WARDEN_FDS] = {
		task->standard[0], task->standard[1], task->standard[2], task->program_fd,
		task->lifeline_fd
	};
	int			n = WARDEN_CGROUP_FD + task->sandbox->cgroup.n;
	int			high[WARDEN_FDS];

	for (int i = WARDEN_CGROUP_FD; i < n; i++)
		wanted[i] = task->cgroup_procs[i - WARDEN_CGROUP_FD];
	for (int i = 0; i < n; i++)
	{
		high[i] = fcntl(wanted[i], F_DUPFD, WARDEN_HIGH_FD);
		if (high[i] < 0)
			return false;
	}
	for (int i = 0; i < n; i++)
	{
		if (dup2(high[i], i) < 0)
			return false;
	}
	return close_range((unsigned int) n, ~0U, 0) == 0;
}

/* Like fork, and in namespaces of its own when the sandbox has them. */
static pid_t
warden_fork(const Sandbox *sandbox)
{
	if ((sandbox->layers & SANDBOX_NAMESPACES) == 0)
		return fork();
	return (pid_t) syscall(SYS_clone, CELL_NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Starts the keeper; its number, and the descriptor from which the program's status can be read. */
static pid_t
warden_start(const WardenTask *task, int *status_fd)
{
	static const int procs[CGROUP_MAX] = {
		WARDEN_CGROUP_FD, WARDEN_CGROUP_FD + 1, WARDEN_CGROUP_FD + 2
	};
	KeeperTask	keeper = {
		.sandbox = task->sandbox,
		.argv = task->argv,
		.cpu_seconds = task->cpu_seconds,
		.user = geteuid(),
		.group = getegid(),
		.cgroup_procs = procs,
	};
	int			status_pipe[2];
	pid_t		pid;

	if (pipe2(status_pipe, O_CLOEXEC) != 0)
		keeper_give_up("start its keeper");
	keeper.status_fd = status_pipe[1];
	pid = warden_fork(task->sandbox);
	if (pid == 0)
	{
		(void) close(WARDEN_LIFELINE_FD);
		(void) close(status_pipe[0]);
		keeper_run(&keeper);
	}
	if (pid < 0)
		keeper_give_up("make its namespaces");
	(void) close(status_pipe[1]);
	*status_fd = status_pipe[0];
	return pid;
}

/* Returns when the keeper has ended, or the lifeline was cut. */
static void
warden_wait(pid_t keeper, int child_fd)
{
	struct pollfd fds[2] = {{child_fd, POLLIN, 0}, {WARDEN_LIFELINE_FD, POLLIN, 0}};
	struct signalfd_siginfo signal_info;

	for (;;)
	{
		siginfo_t	info = {0};

		if (waitid(P_PID, (id_t) keeper, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
			info.si_pid != 0)
			return;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents != 0)
			return;
		if (fds[0].revents != 0 && read(child_fd, &signal_info, sizeof(signal_info)) < 0)
			return;
	}
}

/* A program that ended by a signal must end its warden by the same one, without a core. */
static void
warden_end_like(int status)
{
	const struct rlimit no_core = {0, 0};
	sigset_t	none;

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	(void) setrlimit(RLIMIT_CORE, &no_core);
	(void) sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
	(void) signal(WTERMSIG(status), SIG_DFL);
	(void) kill(getpid(), WTERMSIG(status));
	_exit(WARDEN_FAILED);
}

void
warden_run(const WardenTask *task)
{
	sigset_t	child;
	pid_t		keeper;
	int			child_fd;
	int			status_fd;
	int			status = 0;
	int			keeper_status = 0;

	/* A group of its own: who kills the executor's whole group must not reach the warden. */
	(void) setpgid(0, 0);
	(void) sigemptyset(&child);
	(void) sigaddset(&child, SIGCHLD);
	(void) sigprocmask(SIG_BLOCK, &child, NULL);
	if (!warden_descriptors(task) || !orphan_adopt() ||
		(child_fd = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
		keeper_give_up("watch over it");

	keeper = warden_start(task, &status_fd);
	(void) close_range(STDIN_FILENO, SANDBOX_PROGRAM_FD, 0);
	warden_wait(keeper, child_fd);

	(void) kill(keeper, SIGKILL);
	(void) waitpid(keeper, &keeper_status, 0);
	orphan_kill();
	if (read(status_fd, &status, sizeof(status)) != sizeof(status))
		status = keeper_status;
	warden_end_like(status);
	_exit(WARDEN_FAILED);
}
