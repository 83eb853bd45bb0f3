/*
 * sandbox.c: what a program may use.
 *
 * The program is executed by its descriptor: the file that was checked is the file that runs.  The
 * descriptor stays open in the program, because a script's interpreter reads it as /dev/fd/3.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sigs.h"

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

/* A parent that died before prctl took effect sends no signal any more. */
static bool
sandbox_tied_to(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

void
sandbox_enter(char *const *argv, const SandboxLimits *limits, int cpu_seconds, pid_t parent)
{
	char	   *const environment[] = {(char *) SANDBOX_PATH, NULL};

	sigs_child();
	(void) umask(077);
	if (setpgid(0, 0) == 0 &&
		sandbox_tied_to(parent) &&
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		chdir("/") == 0 &&
		sandbox_limits(limits, cpu_seconds))
		(void) fexecve(SANDBOX_PROGRAM_FD, argv, environment);
}
