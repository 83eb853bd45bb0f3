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
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sigs.h"
#include "executor/fence.h"

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

/* The first process of a user namespace has every capability in it; the program gets none. */
static bool
sandbox_drop_privileges(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		syscall(SYS_capset, &header, none) == 0;
}

const char *
sandbox_enter(const Sandbox *sandbox, char *const *argv, int cpu_seconds)
{
	char	   *const environment[] = {(char *) SANDBOX_PATH, NULL};
	const char *trouble = NULL;

	sigs_child();
	(void) umask(077);
	if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || chdir("/") != 0 ||
		!sandbox_drop_privileges())
		return "set it apart";
	if (!sandbox_limits(&sandbox->limits, cpu_seconds))
		return "limit it";
	if ((sandbox->layers & SANDBOX_LANDLOCK) != 0)
		trouble = fence_close(SANDBOX_PROGRAM_FD);
	if (trouble == NULL && (sandbox->layers & SANDBOX_SECCOMP) != 0)
		trouble = filter_close(&sandbox->filter);
	if (trouble != NULL)
		return trouble;
	(void) fexecve(SANDBOX_PROGRAM_FD, argv, environment);
	return "execute it";
}
