/*
 * exec.c: the adapter that runs programs.
 *
 * A job owns its ExecProcess from exec_begin until it ended or was abandoned.  From the moment the
 * program started, its effect may have happened.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "executor/jsontext.h"
#include "executor/process.h"
#include "executor/utf8.h"

#define EXEC_ARGS_MAX 64

typedef struct ExecProcess
{
	Process		process;
	size_t		written;		/* how much of the input */
} ExecProcess;

/* Opens a program of the directory; -1 with the reason. */
static int
exec_open(int programs_fd, const char *name, Failure *failure)
{
	struct stat status;
	int			fd;

	if (programs_fd < 0)
		failure_set(failure, "this executor has no program directory");
	else if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		failure_set(failure, "\"%s\" is not a program's name", name);
	else if ((fd = openat(programs_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)) < 0)
		failure_set(failure, "could not open program \"%s\": %s", name, strerror(errno));
	else if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
			 (status.st_mode & S_IXUSR) == 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
	{
		failure_set(failure, "program \"%s\" must be a regular file, executable, and writable by "
					"its owner only", name);
		(void) close(fd);
	}
	else
		return fd;
	return -1;
}

/* Fills argv from the operation; false when there are too many. */
static bool
exec_arguments(const Operation *operation, char *argv[EXEC_ARGS_MAX + 2])
{
	size_t		n = json_array_size(operation->args);

	if (n > EXEC_ARGS_MAX)
		return false;
	argv[0] = (char *) operation->program;
	for (size_t i = 0; i < n; i++)
		argv[i + 1] = (char *) json_string_value(json_array_get(operation->args, i));
	argv[n + 1] = NULL;
	return true;
}

static void
exec_release(Job *job)
{
	process_destroy(&job->exec->process);
	free(job->exec);
	job->exec = NULL;
}

/* Starts the open program; false with the reason. */
static bool
exec_start(const ExecSettings *settings, Job *job, int program_fd, Failure *failure)
{
	char	   *argv[EXEC_ARGS_MAX + 2];
	const ProcessStart start = {
		.program_fd = program_fd,
		.argv = argv,
		.output_max = job->operation.max_response_bytes,
		.cpu_seconds = job->timeout_ms / 1000 + 1,
	};

	if (!exec_arguments(&job->operation, argv))
	{
		failure_set(failure, "a program takes at most %d arguments", EXEC_ARGS_MAX);
		return false;
	}
	failure_set(failure, "out of memory");
	job->exec = calloc(1, sizeof(*job->exec));
	if (job->exec == NULL)
		return false;
	if (process_start(&job->exec->process, &start, &settings->sandbox, failure))
		return true;
	exec_release(job);
	return false;
}

void
exec_begin(const ExecSettings *settings, Job *job)
{
	Failure		failure;
	int			program_fd = exec_open(settings->programs_fd, job->operation.program, &failure);

	job->weak = settings->weak;
	if (program_fd < 0)
		outcome_error(&job->outcome, "Adapter.NoProgram", "%s", failure.message);
	else if (!exec_start(settings, job, program_fd, &failure))
		outcome_error(&job->outcome, "Exec.Failed", "%s", failure.message);
	else
		job->begun = true;
	if (program_fd >= 0)
		(void) close(program_fd);
	if (!job->begun)
		job->state = JOB_ENDED;
}

int
exec_fds(const Job *job, struct pollfd fds[EXEC_FDS])
{
	const Process *process;
	int			n = 0;

	if (job->exec == NULL)
		return 0;
	process = &job->exec->process;
	if (process->input_fd >= 0)
		fds[n++] = (struct pollfd) {process->input_fd, POLLOUT, 0};
	if (process->output_fd >= 0)
		fds[n++] = (struct pollfd) {process->output_fd, POLLIN, 0};
	if (process->error_fd >= 0)
		fds[n++] = (struct pollfd) {process->error_fd, POLLIN, 0};
	return n;
}

/* What the end of a program means that was not killed by us. */
static void
exec_outcome(Job *job)
{
	Process    *process = &job->exec->process;
	char		said[PROCESS_STDERR_MAX + 1];
	const char *sign;
	Failure		failure;

	while (process->error_len > 0 && process->error[process->error_len - 1] == '\n')
		process->error_len--;
	utf8_clean(said, sizeof(said), process->error, process->error_len);
	sign = said[0] != '\0' ? ": " : "";
	if (WIFSIGNALED(process->status))
		outcome_error(&job->outcome, "Exec.Failed", "killed by signal %d (%s)%s%s",
					  WTERMSIG(process->status), sigdescr_np(WTERMSIG(process->status)),
					  sign, said);
	else if (WEXITSTATUS(process->status) != 0)
		outcome_error(&job->outcome, "Exec.Failed", "exit status %d%s%s",
					  WEXITSTATUS(process->status), sign, said);
	else if (!jsontext_valid((Slice) {process->output.data, process->output.len}, &failure))
		outcome_error(&job->outcome, "Exec.BadOutput", "%s", failure.message);
	else
		outcome_done(&job->outcome, &process->output);
	job->state = JOB_ENDED;
}

void
exec_step(Job *job)
{
	Process    *process = &job->exec->process;
	bool		ended;

	process_write(process, job->input, strlen(job->input), &job->exec->written);
	ended = process_ended(process);
	process_read(process);		/* after the end was seen, so nothing is left unread */

	if (process->too_large)
	{
		outcome_error(&job->outcome, "Exec.TooLarge", "the output has more than %zu bytes",
					  process->output.max);
		job->state = JOB_ENDED;
	}
	else if (ended)
		exec_outcome(job);
	else if (clock_ms() >= job->deadline_ms)
		job_lost(job, "States.Timeout", "States.Timeout", "the program took too long");
	if (job->state == JOB_ENDED)
		exec_release(job);
}

void
exec_abandon(Job *job)
{
	if (job->exec != NULL)
		exec_release(job);
}
