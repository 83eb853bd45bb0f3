/*
 * inspect.c: whether this kernel gives programs the sandbox that they are to have.
 *
 * Asking the kernel what it knows does not tell what a container's filter or an administrator's
 * setting lets through; so a program is run, the one that is surely there: this one, with --version.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/process.h"
#include "executor/utf8.h"

#define INSPECT_OUTPUT_MAX 4096
#define INSPECT_SECONDS 10
#define INSPECT_LIMITS {.memory_mb = 1024, .file_mb = 1, .files = 64, .processes = 65536}

/* By the layers' bits. */
static const char *const inspect_names[SANDBOX_ALL + 1] = {
	NULL, "namespaces", "landlock", "namespaces, landlock", "seccomp", "namespaces, seccomp",
	"landlock, seccomp", "namespaces, landlock, seccomp"
};

/* Waits until the program has closed its output; false when it takes too long. */
static bool
inspect_wait(Process *process)
{
	while (process->output_fd >= 0 || process->error_fd >= 0)
	{
		struct pollfd fds[2] = {{process->output_fd, POLLIN, 0}, {process->error_fd, POLLIN, 0}};

		if (poll(fds, 2, INSPECT_SECONDS * 1000) == 0)
			return false;
		process_read(process);
	}
	process_finish(process);
	return true;
}

static bool
inspect_run(const Sandbox *sandbox, int program_fd, Failure *failure)
{
	char	   *argv[] = {(char *) "portarium-executor", (char *) "--version", NULL};
	const ProcessStart start = {program_fd, argv, INSPECT_OUTPUT_MAX, INSPECT_SECONDS};
	char		said[PROCESS_STDERR_MAX + 1];
	Process		process;
	bool		good = false;

	if (!process_start(&process, &start, sandbox, failure))
		return false;
	if (!inspect_wait(&process))
		failure_set(failure, "a program in the sandbox does not end");
	else if (process.status != 0)
	{
		utf8_clean(said, sizeof(said), process.error, process.error_len);
		failure_set(failure, "no program can run in the sandbox: %s",
					said[0] != '\0' ? said : "it was killed");
	}
	else
		good = true;
	process_destroy(&process);
	return good;
}

/* Which layers can be had, each tried alone. */
static unsigned int
inspect_layers(Sandbox sandbox, int program_fd)
{
	unsigned int layers = 0;
	Failure		failure;

	for (unsigned int layer = 1; layer < SANDBOX_ALL; layer <<= 1)
	{
		sandbox.layers = layer;
		if (inspect_run(&sandbox, program_fd, &failure))
			layers |= layer;
	}
	return layers;
}

static bool
inspect_with(Sandbox *sandbox, Sandbox *trial, int program_fd, const char **lacking,
			 Failure *failure)
{
	trial->layers = inspect_layers(*trial, program_fd);
	if (!inspect_run(trial, program_fd, failure))
		return false;
	sandbox->layers = trial->layers;
	*lacking = inspect_names[SANDBOX_ALL & ~trial->layers];
	return true;
}

bool
inspect_sandbox(Sandbox *sandbox, bool weak, const char **lacking, Failure *failure)
{
	Sandbox		trial = *sandbox;
	int			program_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool		good;

	*lacking = NULL;
	if (program_fd < 0)
	{
		failure_set(failure, "could not open this program: %s", strerror(errno));
		return false;
	}
	trial.limits = (SandboxLimits) INSPECT_LIMITS;
	trial.layers = SANDBOX_ALL;
	good = inspect_run(&trial, program_fd, failure);
	if (good)
		sandbox->layers = SANDBOX_ALL;
	else if (weak)
		good = inspect_with(sandbox, &trial, program_fd, lacking, failure);
	(void) close(program_fd);
	return good;
}
