/*
 * process.c: one program that runs for a job.
 *
 * The executor holds one end of three pipes, non-blocking.  A program that could not be executed
 * exits with PROCESS_NOT_STARTED after writing the reason to stderr.
 *
 * The group is killed while its leader is still a zombie: until it is reaped, the number cannot
 * belong to anybody else.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS_NOT_STARTED 127
#define PROCESS_READ 16384

static void
process_close(int *fd)
{
	if (*fd >= 0)
		(void) close(*fd);
	*fd = -1;
}

/* pipes[i] = {read end, write end}; the child's ends lose close-on-exec when they are moved. */
static bool
process_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++)
		pipes[i][0] = pipes[i][1] = -1;
	for (int i = 0; i < 3; i++)
	{
		int			ours;

		if (pipe2(pipes[i], O_CLOEXEC) != 0)
			return false;
		ours = i == 0 ? pipes[i][1] : pipes[i][0];
		if (fcntl(ours, F_SETFL, O_NONBLOCK) != 0)
			return false;
	}
	return true;
}

static void
process_close_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++)
	{
		process_close(&pipes[i][0]);
		process_close(&pipes[i][1]);
	}
}

/* The child's side of fork; never returns. */
static void
process_child(const ProcessStart *start, int pipes[3][2], const SandboxLimits *limits,
			  pid_t parent)
{
	const int	standard[3] = {pipes[0][0], pipes[1][1], pipes[2][1]};
	const char *reason;
	ssize_t		written;

	sandbox_enter(start->program_fd, start->argv, standard, limits, start->cpu_seconds, parent);
	reason = strerrordesc_np(errno);
	written = write(standard[2], reason, strlen(reason));
	if (written < 0)
		written = write(STDERR_FILENO, reason, strlen(reason));
	_exit(PROCESS_NOT_STARTED);
}

bool
process_start(Process *process, const ProcessStart *start, const SandboxLimits *limits,
			  Failure *failure)
{
	pid_t		parent = getpid();
	int			pipes[3][2];

	memset(process, 0, sizeof(*process));
	buf_init(&process->output, start->output_max);
	process->input_fd = process->output_fd = process->error_fd = -1;

	if (!process_pipes(pipes) || (process->pid = fork()) < 0)
	{
		failure_set(failure, "could not start a process: %s", strerror(errno));
		process_close_pipes(pipes);
		process->pid = 0;
		return false;
	}
	if (process->pid == 0)
		process_child(start, pipes, limits, parent);

	/* Both sides set the group, so that it exists whoever comes first. */
	(void) setpgid(process->pid, process->pid);
	process->input_fd = pipes[0][1];
	process->output_fd = pipes[1][0];
	process->error_fd = pipes[2][0];
	pipes[0][1] = pipes[1][0] = pipes[2][0] = -1;
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
	siginfo_t	info = {0};

	if (process->pid == 0)
		return true;
	if (waitid(P_PID, (id_t) process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		info.si_pid == 0)
		return false;
	(void) kill(-process->pid, SIGKILL);
	(void) waitpid(process->pid, &process->status, 0);
	process->pid = 0;
	return true;
}

void
process_destroy(Process *process)
{
	if (process->pid > 0)
	{
		(void) kill(-process->pid, SIGKILL);
		(void) waitpid(process->pid, &process->status, 0);
		process->pid = 0;
	}
	process_close(&process->input_fd);
	process_close(&process->output_fd);
	process_close(&process->error_fd);
	buf_free(&process->output);
}
