/*
 * sandbox.c: what a program may use.
 *
 * Everything here runs between fork and exec in a process that had other threads (curl resolves
 * names in threads), so only async-signal-safe calls are made.
 *
 * The program is executed by its descriptor: the file that was checked is the file that runs.  The
 * descriptor stays open in the program, at number 3, because a script's interpreter reads it as
 * /dev/fd/3.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sigs.h"

#define SANDBOX_PROGRAM_FD 3
#define SANDBOX_PATH "PATH=/usr/local/bin:/usr/bin:/bin"
#define SANDBOX_MB 1048576

static bool
sandbox_limit(int resource, rlim_t value)
{
	const struct rlimit limit = {value, value};

	return setrlimit((__rlimit_resource_t) resource, &limit) == 0;
}

static bool
sandbox_limits(const SandboxLimits *limits, int cpu_seconds)
{
	return sandbox_limit(RLIMIT_CORE, 0) &&
		sandbox_limit(RLIMIT_CPU, (rlim_t) cpu_seconds) &&
		sandbox_limit(RLIMIT_AS, (rlim_t) limits->memory_mb * SANDBOX_MB) &&
		sandbox_limit(RLIMIT_FSIZE, (rlim_t) limits->file_mb * SANDBOX_MB) &&
		sandbox_limit(RLIMIT_NOFILE, (rlim_t) limits->files) &&
		sandbox_limit(RLIMIT_NPROC, (rlim_t) limits->processes);
}

/*
 * Moves the four descriptors to 0..3.  They are first moved out of the way, above everything, so
 * that none is overwritten before its turn.
 */
static bool
sandbox_descriptors(int program_fd, const int standard[3])
{
	const int	wanted[4] = {standard[0], standard[1], standard[2], program_fd};
	int			high[4];

	for (int i = 0; i < 4; i++)
	{
		high[i] = fcntl(wanted[i], F_DUPFD, 16);
		if (high[i] < 0)
			return false;
	}
	for (int i = 0; i < 4; i++)
	{
		if (dup2(high[i], i) < 0)
			return false;
	}
	return close_range(SANDBOX_PROGRAM_FD + 1, ~0U, 0) == 0;
}

/* A parent that died before prctl took effect sends no signal any more. */
static bool
sandbox_tied_to(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

void
sandbox_enter(int program_fd, char *const *argv, const int standard[3],
			  const SandboxLimits *limits, int cpu_seconds, pid_t parent)
{
	char	   *const environment[] = {(char *) SANDBOX_PATH, NULL};

	sigs_child();
	(void) umask(077);
	if (setpgid(0, 0) == 0 &&
		sandbox_tied_to(parent) &&
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		chdir("/") == 0 &&
		sandbox_descriptors(program_fd, standard) &&
		sandbox_limits(limits, cpu_seconds))
		(void) fexecve(SANDBOX_PROGRAM_FD, argv, environment);
}
