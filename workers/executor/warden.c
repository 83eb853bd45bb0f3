/*
 * warden.c: the process between the executor and a program.
 *
 * Order: take hold of the descriptors and close all others (among them the lifelines of other
 * programs), start the program, wait for its end or the lifeline's, kill, end like the program.
 *
 * The executor had threads when it forked, so everything here is async-signal-safe.  SIGCHLD is
 * blocked, as it was in the executor, and read from a descriptor.
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
#include <sys/wait.h>
#include <unistd.h>

#include "executor/orphan.h"

#define WARDEN_FAILED 127
#define WARDEN_LIFELINE_FD 4
#define WARDEN_FDS 5
#define WARDEN_HIGH_FD 16

/*
 * Moves the descriptors to 0..4.  They are first copied out of the way, so that none is overwritten
 * before its turn.
 */
static bool
warden_descriptors(const WardenTask *task)
{
	const int	wanted[WARDEN_FDS] = {
		task->standard[0], task->standard[1], task->standard[2], task->program_fd,
		task->lifeline_fd
	};
	int			high[WARDEN_FDS];

	for (int i = 0; i < WARDEN_FDS; i++)
	{
		high[i] = fcntl(wanted[i], F_DUPFD, WARDEN_HIGH_FD);
		if (high[i] < 0)
			return false;
	}
	for (int i = 0; i < WARDEN_FDS; i++)
	{
		if (dup2(high[i], i) < 0)
			return false;
	}
	return close_range(WARDEN_FDS, ~0U, 0) == 0;
}

/* Says on the program's stderr why there is none. */
static void
warden_give_up(void)
{
	const char *reason = strerrordesc_np(errno);
	ssize_t		written = write(STDERR_FILENO, reason, strlen(reason));

	(void) written;
	_exit(WARDEN_FAILED);
}

/* Starts the program; its number, which is its group's as well. */
static pid_t
warden_start(const WardenTask *task)
{
	pid_t		warden = getpid();
	pid_t		program = fork();

	if (program == 0)
	{
		(void) close(WARDEN_LIFELINE_FD);
		sandbox_enter(task->argv, task->limits, task->cpu_seconds, warden);
		warden_give_up();
	}
	if (program < 0)
		warden_give_up();
	/* Both sides set the group, so that it exists whoever comes first. */
	(void) setpgid(program, program);
	return program;
}

/* Returns when the program has ended, or the lifeline was cut. */
static void
warden_wait(pid_t program, int child_fd)
{
	struct pollfd fds[2] = {{child_fd, POLLIN, 0}, {WARDEN_LIFELINE_FD, POLLIN, 0}};
	struct signalfd_siginfo signal_info;

	for (;;)
	{
		siginfo_t	info = {0};

		if (waitid(P_PID, (id_t) program, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
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

/* A process that ended by a signal must end its warden by the same one, without a core. */
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
	pid_t		program;
	int			child_fd;
	int			status = 0;

	/* A group of its own: who kills the executor's whole group must not reach the warden. */
	(void) setpgid(0, 0);
	(void) sigemptyset(&child);
	(void) sigaddset(&child, SIGCHLD);
	if (!warden_descriptors(task) || !orphan_adopt() ||
		(child_fd = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
		warden_give_up();

	program = warden_start(task);
	(void) close_range(STDIN_FILENO, SANDBOX_PROGRAM_FD, 0);
	warden_wait(program, child_fd);

	/* While its leader is not reaped, the group's number cannot belong to anybody else. */
	(void) kill(-program, SIGKILL);
	(void) waitpid(program, &status, 0);
	orphan_kill();
	warden_end_like(status);
	_exit(WARDEN_FAILED);
}
