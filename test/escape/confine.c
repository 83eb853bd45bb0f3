/*
 * confine.c: runs a program in the executor's sandbox, with chosen layers.
 *
 *     confine LAYERS CGROUP PROGRAM [ARGUMENT]…
 *
 * LAYERS is the sum of namespaces 1, landlock 2 and seccomp 4; CGROUP as EXECUTOR_PROGRAM_CGROUP.
 * The program's output is written to stdout; the exit status is the program's.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "executor/process.h"

#define CONFINE_OUTPUT 65536
#define CONFINE_SECONDS 120

static int
confine(const Sandbox *sandbox, char **argv)
{
	const ProcessStart start = {open(argv[0], O_RDONLY | O_CLOEXEC), argv, CONFINE_OUTPUT,
								CONFINE_SECONDS};
	Process		process;
	Failure		failure;
	size_t		offset = 0;
	int			status;

	if (start.program_fd < 0 || !process_start(&process, &start, sandbox, &failure))
		return 2;
	process_write(&process, "", 0, &offset);
	while (process.output_fd >= 0)
	{
		struct pollfd wait[2] = {{process.output_fd, POLLIN, 0}, {process.error_fd, POLLIN, 0}};

		(void) poll(wait, 2, -1);
		process_read(&process);
	}
	process_finish(&process);
	status = process.status;
	(void) fwrite(process.output.data, 1, process.output.len, stdout);
	(void) fwrite(process.error, 1, process.error_len, stderr);
	process_destroy(&process);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

int
main(int argc, char **argv)
{
	Sandbox		sandbox = {
		.limits = {.memory_mb = 512, .file_mb = 16, .files = 64, .processes = 256},
		.tmp_mb = 64,
		.cgroup = {.memory_mb = 512, .processes = 257, .cpu_percent = 100},
	};
	Failure		failure;
	int			status;

	if (argc < 4)
		return 2;
	sandbox.layers = (unsigned int) strtoul(argv[1], NULL, 10);
	if (!filter_compile(&sandbox.filter, &failure) ||
		!cgroup_open(&sandbox.cgroup, argv[2], &failure))
	{
		(void) fprintf(stderr, "%s\n", failure.message);
		return 2;
	}
	status = confine(&sandbox, argv + 3);
	cgroup_close(&sandbox.cgroup);
	filter_free(&sandbox.filter);
	return status;
}
