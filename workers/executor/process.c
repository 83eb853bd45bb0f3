/*
 * process.c: one program that runs for a job, seen from the executor.
 *
 * The executor holds one end of four pipes: stdin, stdout and stderr of the program, non-blocking,
 * and the lifeline of its warden.  Closing the lifeline has the program killed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/warden.h"

#define PROCESS_READ 16384

/* The pipes by number; the executor has the other end of each. */
enum
{
	PIPE_INPUT,
	PIPE_OUTPUT,
	PIPE_ERROR,
	PIPE_LIFELINE,
	PIPES
};

static void
process_close(int *fd)
{
	if (*fd >= 0)
		(void) close(*fd);
	*fd = -1;
}

/* Which end of a pipe is the executor's: 0 reads, 1 writes. */
static int
process_our_end(int pipe_number)
{
	return pipe_number == PIPE_INPUT || pipe_number == PIPE_LIFELINE ? 1 : 0;
}

static bool
process_pipes(int pipes[PIPES][2])
{
	for (int i = 0; i < PIPES; i++)
		pipes[i][0] = pipes[i][1] = -1;
	for (int i = 0; i < PIPES; i++)
	{
		if (pipe2(pipes[i], O_CLOEXEC) != 0 ||
			fcntl(pipes[i][process_our_end(i)], F_SETFL, O_NONBLOCK) != 0)
			return false;
	}
	return true;
}

static void
process_close_pipes(int pipes[PIPES][2])
{
	for (int i = 0; i < PIPES; i++)
	{
		process_close(&pipes[i][0]);
		process_close(&pipes[i][1]);
	}
}

/* Takes our ends out of the pipes. */
static void
process_keep(Process *process, int pipes[PIPES][2])
{
	int		   *const kept[PIPES] = {
		&process->input_fd, &process->output_fd, &process->error_fd, &process->lifeline_fd
	};

	for (int i = 0; i < PIPES; i++)
	{
		*kept[i] = pipes[i][process_our_end(i)];
		pipes[i][process_our_end(i)] = -1;
	}
}

bool
process_start(Process *process, const ProcessStart *start, const Sandbox *sandbox,
			  Failure *failure)
{
	int			pipes[PIPES][2];

	memset(process, 0, sizeof(*process));
	buf_init(&process->output, start->output_max);
	process->lifeline_fd = process->input_fd = process->output_fd = process->error_fd = -1;
	if (!cgroup_create(&process->cgroup, &sandbox->cgroup, failure))
		return false;

	if (!process_pipes(pipes) || (process->warden = fork()) < 0)
	{
		failure_set(failure, "could not start a process: %s", strerror(errno));
		process_close_pipes(pipes);
		cgroup_destroy(&process->cgroup);
		process->warden = 0;
		return false;
	}
	if (process->warden == 0)
		warden_run(&(WardenTask) {
			.program_fd = start->program_fd,
			.argv = start->argv,
			.standard = {pipes[PIPE_INPUT][0], pipes[PIPE_OUTPUT][1], pipes[PIPE_ERROR][1]},
			.lifeline_fd = pipes[PIPE_LIFELINE][0],
			.cpu_seconds = start->cpu_seconds,
			.cgroup_procs = process->cgroup.procs,
			.sandbox = sandbox,
		});
	process_keep(process, pipes);
	process_close_pipes(pipes);
	return true;
}

void
process_write(Process *process, const char *input, size_t len, size_t *offset)
{
	while (process->input_fd >= 0 && *offset < len)
	{
		ssize_t		sent = write(process->input_fd, input + *offset, len - *offset);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0)
			break;				/* it does not want its input; that is its right */
		*offset += (size_t) sent;
	}
	process_close(&process->input_fd);
}

/* Takes bytes of stderr while there is room; the rest is read and forgotten. */
static void
process_take_error(Process *process, const char *bytes, size_t len)
{
	size_t		room = sizeof(process->error) - process->error_len;

	if (len > room)
		len = room;
	memcpy(process->error + process->error_len, bytes, len);
	process->error_len += len;
}

static void
process_drain(Process *process, int *fd, bool is_output)
{
	char		bytes[PROCESS_READ];

	while (*fd >= 0 && !process->too_large)
	{
		ssize_t		got = read(*fd, bytes, sizeof(bytes));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0)
			process_close(fd);
		else if (!is_output)
			process_take_error(process, bytes, (size_t) got);
		else if (!buf_append(&process->output, bytes, (size_t) got))
			process->too_large = true;
	}
}

void
process_read(Process *process)
{
	process_drain(process, &process->output_fd, true);
	process_drain(process, &process->error_fd, false);
}

bool
process_ended(Process *process)
{
	if (process->warden > 0 && waitpid(process->warden, &process->status, WNOHANG) != 0)
		process->warden = 0;
	return process->warden == 0;
}

void
process_finish(Process *process)
{
	if (process->warden > 0)
		(void) waitpid(process->warden, &process->status, 0);
	process->warden = 0;
}

void
process_destroy(Process *process)
{
	process_close(&process->lifeline_fd);
	process_finish(process);
	cgroup_destroy(&process->cgroup);
	process_close(&process->input_fd);
	process_close(&process->output_fd);
	process_close(&process->error_fd);
	buf_free(&process->output);
}
