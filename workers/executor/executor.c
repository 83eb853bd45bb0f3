/*
 * executor.c: the executor's loop.
 *
 * One thread, one wait for everything: both database connections, all transfers, the pipes of all
 * programs, signals, and the nearest deadline.  After each wait everything is moved on.
 *
 * SIGTERM or SIGINT begins the drain: nothing more is claimed, running jobs may end within the
 * drain time, whatever is left then counts as having timed out, and everything is acknowledged.  A
 * second signal cuts the drain time short.  An executor that is killed leaves its leases to expire:
 * nothing is lost, the database decides what may be done again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/executor.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/sigs.h"
#include "common/telemetry.h"
#include "executor/dialog.h"
#include "executor/executor_metrics.h"
#include "executor/job_trace.h"

/* How long the last acknowledgements may take once every job has ended. */
#define EXECUTOR_FAREWELL_MS 10000

typedef struct Executor
{
	const Settings *settings;
	Adapters	adapters;
	JobTable	jobs;
	Dialog		dialog;
	int			signals_fd;
	struct pollfd *fds;
	bool		draining;
	int64_t		drain_ms;		/* when running jobs are cut off */
} Executor;

static void
executor_drain(Executor *executor)
{
	executor->drain_ms = clock_ms() + (executor->draining ? 0 : executor->settings->drain_ms);
	executor->draining = true;
	executor->dialog.claiming = false;
	log_info("draining", log_number("running", job_count(&executor->jobs, JOB_RUNNING)));
}

static void
executor_signals(Executor *executor)
{
	int			signal_number;

	while ((signal_number = sigs_next(executor->signals_fd)) != 0)
	{
		if (signal_number == SIGTERM || signal_number == SIGINT)
			executor_drain(executor);
	}
}

/* The drain time is over: what still runs is stopped; its outcome follows from what was begun. */
static void
executor_cut_off(Executor *executor)
{
	for (int i = 0; i < executor->jobs.size; i++)
	{
		Job		   *job = &executor->jobs.jobs[i];

		if (job->state != JOB_RUNNING)
			continue;
		adapters_abandon(&executor->adapters, job);
		job_lost(job, "Http.Connect", "States.Timeout", "the executor was stopped");
	}
}

static void
executor_wait(Executor *executor)
{
	int64_t		now = clock_ms();
	int64_t		due = dialog_due(&executor->dialog);
	int64_t		jobs_due = adapters_due(&executor->jobs);
	int64_t		wait_ms;
	int			n = 0;

	if (jobs_due < due)
		due = jobs_due;
	if (executor->draining && executor->drain_ms > now && executor->drain_ms < due)
		due = executor->drain_ms;
	wait_ms = due > now ? due - now : 0;

	executor->fds[n++] = (struct pollfd) {executor->signals_fd, POLLIN, 0};
	n += dialog_fds(&executor->dialog, executor->fds + n);
	n += adapters_fds(&executor->jobs, executor->fds + n);
	http_wait(executor->adapters.http, executor->fds, n, wait_ms < 60000 ? (int) wait_ms : 60000);
}

/* True when the loop is over. */
static bool
executor_over(const Executor *executor, Failure *failure)
{
	if (dialog_drained(&executor->dialog) && (executor->draining || executor->settings->once))
		return true;
	if (executor->draining && clock_ms() >= executor->drain_ms + EXECUTOR_FAREWELL_MS)
	{
		failure_set(failure, "%d jobs could not be acknowledged; their leases will expire",
					executor->jobs.size - job_count(&executor->jobs, JOB_FREE));
		return true;
	}
	return false;
}

static void
executor_loop(Executor *executor, Failure *failure)
{
	do
	{
		executor_wait(executor);
		executor_signals(executor);
		adapters_step(&executor->adapters, &executor->jobs);
		if (executor->draining && clock_ms() >= executor->drain_ms)
			executor_cut_off(executor);
		job_trace_ended(&executor->jobs);
		executor_metrics_running(job_count(&executor->jobs, JOB_RUNNING));
		dialog_step(&executor->dialog);
	} while (!executor_over(executor, failure));
}

static bool
executor_open(Executor *executor, const Settings *settings, Failure *failure)
{
	executor->settings = settings;
	executor->signals_fd = sigs_open(true, failure);
	if (executor->signals_fd < 0 ||
		!telemetry_start("portarium-executor", &settings->telemetry, executor_metrics(), failure))
		return false;
	executor->adapters.exec = &settings->exec;
	executor->adapters.http = http_create(&settings->http, failure);
	if (executor->adapters.http == NULL)
		return false;

	failure_set(failure, "out of memory");
	executor->fds = calloc((size_t) (1 + DIALOG_FDS + EXEC_FDS * settings->jobs),
						   sizeof(struct pollfd));
	return executor->fds != NULL && job_table_init(&executor->jobs, settings->jobs);
}

static void
executor_close(Executor *executor)
{
	for (int i = 0; i < executor->jobs.size; i++)
		adapters_abandon(&executor->adapters, &executor->jobs.jobs[i]);
	job_table_free(&executor->jobs);
	http_destroy(executor->adapters.http);
	free(executor->fds);
	if (executor->signals_fd >= 0)
		(void) close(executor->signals_fd);
}

bool
executor_run(const Settings *settings, Failure *failure)
{
	Executor	executor = {.signals_fd = -1};
	bool		opened = executor_open(&executor, settings, failure);

	if (opened)
	{
		failure_set(failure, "%s", "");
		dialog_init(&executor.dialog, settings, &executor.adapters, &executor.jobs);
		executor_loop(&executor, failure);
		dialog_close(&executor.dialog);
	}
	executor_close(&executor);
	telemetry_stop();
	return opened && failure->message[0] == '\0';
}
