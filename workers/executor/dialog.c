/*
 * dialog.c: the executor's conversation with the database.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/dialog.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/ready.h"
#include "executor/executor_metrics.h"
#include "executor/job_trace.h"
#include "executor/report.h"

/* A lease lasts 30 s, or as long as its state's heartbeat: two of the executor's may be lost. */
#define DIALOG_HEARTBEAT_MS 10000
#define DIALOG_HEARTBEAT_MIN_MS 300
#define DIALOG_AWAIT_MS 2000
#define DIALOG_AWAIT_PAUSE_MS 1000
#define DIALOG_FIRST_PAUSE_MS 200
#define DIALOG_LAST_PAUSE_MS 30000
#define DIALOG_TOKENS_MAX 65536

void
dialog_init(Dialog *dialog, const Settings *settings, const Adapters *adapters, JobTable *jobs)
{
	memset(dialog, 0, sizeof(*dialog));
	dialog->settings = settings;
	dialog->adapters = adapters;
	dialog->jobs = jobs;
	dialog->claiming = true;
	buf_init(&dialog->acks, REPORT_ACKS_MAX);
	backoff_init(&dialog->backoff, DIALOG_FIRST_PAUSE_MS, DIALOG_LAST_PAUSE_MS);
	link_init(&dialog->calls, &settings->target, "calls");
	link_init(&dialog->waits, &settings->target, "waits");
}

void
dialog_close(Dialog *dialog)
{
	link_close(&dialog->calls);
	link_close(&dialog->waits);
	buf_free(&dialog->acks);
}

static void
dialog_drop_job(Dialog *dialog, Job *job, const char *why)
{
	log_warn("a job is dropped", log_text("reason", why), log_text("run_id", job->run_id),
			 log_number("token", job->token), log_trace(job->trace.trace_id, job->trace.span_id));
	executor_metrics_count(EXECUTOR_DROPPED);
	adapters_abandon(dialog->adapters, job);
	job_clear(job);
}

/* The epoch is over: what was claimed under it belongs to somebody else now. */
static void
dialog_forget(Dialog *dialog)
{
	for (int i = 0; i < dialog->jobs->size; i++)
	{
		if (dialog->jobs->jobs[i].state != JOB_FREE)
			dialog_drop_job(dialog, &dialog->jobs->jobs[i], "the executor's epoch is over");
	}
	dialog->registered = false;
}

static void
dialog_registered(Dialog *dialog, const PGresult *result)
{
	if (!calls_read_identity(result, &dialog->identity))
	{
		log_error("the registration's answer makes no sense");
		dialog->pause_ms = clock_ms() + backoff_next(&dialog->backoff);
		return;
	}
	dialog->registered = true;
	dialog->hungry = true;
	dialog->heartbeat_ms = clock_ms() + DIALOG_HEARTBEAT_MS;
	log_info("registered", log_text("name", dialog->settings->name),
			 log_number("executor_id", dialog->identity.executor_id),
			 log_number("epoch", dialog->identity.epoch));
	ready_line("portarium-executor", dialog->settings->name);
}

/* How long the jobs' leases allow until the next heartbeat. */
static int64_t
dialog_heartbeat_pause(const Dialog *dialog)
{
	int64_t		pause = DIALOG_HEARTBEAT_MS;

	for (int i = 0; i < dialog->jobs->size; i++)
	{
		const Job  *job = &dialog->jobs->jobs[i];
		int64_t		third = job->state != JOB_FREE ? job->operation.heartbeat_ms / 3 : 0;

		if (third > 0 && third < pause)
			pause = third;
	}
	return pause > DIALOG_HEARTBEAT_MIN_MS ? pause : DIALOG_HEARTBEAT_MIN_MS;
}

/* Starts one claimed job. */
static void
dialog_claim(Dialog *dialog, const JobClaim *claim)
{
	Job		   *job = job_add(dialog->jobs, claim);

	if (job == NULL)
	{
		log_error("no room for a claimed job; its lease will expire",
				  log_text("run_id", claim->run_id));
		return;
	}
	executor_metrics_count(EXECUTOR_CLAIMED);
	job_trace_begin(job);
	log_debug("claimed", log_text("run_id", claim->run_id), log_number("token", claim->token),
			  log_number("attempt", claim->attempt),
			  log_trace(job->trace.trace_id, job->trace.span_id));
	if (job->state == JOB_RUNNING)
		adapters_begin(dialog->adapters, job);
}

static void
dialog_exchanged(Dialog *dialog, const PGresult *result)
{
	JobClaim	claim;
	int64_t		stale;
	int64_t		heartbeat_ms;
	int			claimed = 0;

	report_taken(dialog->jobs);
	for (int i = 0; i < PQntuples(result); i++)
	{
		if (calls_read_job(result, i, &claim, &stale))
		{
			dialog_claim(dialog, &claim);
			claimed++;
		}
		else
		{
			executor_metrics_count(EXECUTOR_STALE);
			log_warn("an acknowledgement came too late", log_text("run_id", claim.run_id),
					 log_number("token", stale));
		}
	}
	if (dialog->wanted > 0)
		dialog->hungry = claimed == dialog->wanted;
	heartbeat_ms = clock_ms() + dialog_heartbeat_pause(dialog);
	if (heartbeat_ms < dialog->heartbeat_ms)
		dialog->heartbeat_ms = heartbeat_ms;
}

static void
dialog_heartbeat_answered(Dialog *dialog, const PGresult *result)
{
	for (int i = 0; i < PQntuples(result); i++)
	{
		int64_t		token;
		CallsState	state = calls_read_state(result, i, &token);
		Job		   *job = job_find(dialog->jobs, token);

		if (job == NULL || state == CALLS_OK)
			continue;
		dialog_drop_job(dialog, job, state == CALLS_STALE ? "the lease is gone" :
						"the run was cancelled");
	}
}

static void
dialog_answered(Dialog *dialog, DialogCall call, const PGresult *result)
{
	backoff_reset(&dialog->backoff);
	if (call == DIALOG_REGISTER)
		dialog_registered(dialog, result);
	else if (call == DIALOG_EXCHANGE)
		dialog_exchanged(dialog, result);
	else
		dialog_heartbeat_answered(dialog, result);
}

/* The database said no: the epoch is over, or it may work later, or an output is to blame. */
static void
dialog_refused(Dialog *dialog, DialogCall call, const Failure *failure)
{
	dialog->pause_ms = clock_ms() + backoff_next(&dialog->backoff);
	executor_metrics_count(EXECUTOR_REFUSED);
	log_warn("the database refused a call", log_text("sqlstate", failure->sqlstate),
			 log_said("reason", failure->message));
	if (strcmp(failure->sqlstate, "UP302") == 0 || strcmp(failure->sqlstate, "UP405") == 0)
		dialog_forget(dialog);
	else if (call == DIALOG_EXCHANGE)
		report_refused(dialog->jobs, failure);
}

static void
dialog_take_call(Dialog *dialog)
{
	PGresult   *result;
	Failure		failure;
	DialogCall	call = dialog->running;
	LinkEvent	event = link_take(&dialog->calls, &result, &failure);

	if (event == LINK_NOTHING)
		return;
	dialog->running = DIALOG_NO_CALL;
	if (event == LINK_ANSWER)
		dialog_answered(dialog, call, result);
	else if (event == LINK_REFUSED)
		dialog_refused(dialog, call, &failure);
	else
	{
		executor_metrics_count(EXECUTOR_LOST);
		report_lost(dialog->jobs);
	}
	PQclear(result);
}

/* However an await ended, it is worth looking for jobs. */
static void
dialog_take_wait(Dialog *dialog)
{
	PGresult   *result;
	Failure		failure;
	LinkEvent	event = link_take(&dialog->waits, &result, &failure);

	if (event == LINK_NOTHING)
		return;
	PQclear(result);
	dialog->hungry = true;
	if (event == LINK_REFUSED)
	{
		log_warn("the database refused to wait", log_text("sqlstate", failure.sqlstate),
				 log_said("reason", failure.message));
		dialog->wait_pause_ms = clock_ms() + DIALOG_AWAIT_PAUSE_MS;
	}
}

static int
dialog_room(const Dialog *dialog)
{
	return dialog->jobs->size - job_count(dialog->jobs, JOB_RUNNING) -
		job_count(dialog->jobs, JOB_ENDED);
}

/* Sends the tokens of all jobs that have not been acknowledged; false when there are none. */
static bool
dialog_heartbeat(Dialog *dialog)
{
	Buf			tokens;
	bool		any = false;

	dialog->heartbeat_ms = clock_ms() + dialog_heartbeat_pause(dialog);
	buf_init(&tokens, DIALOG_TOKENS_MAX);
	for (int i = 0; i < dialog->jobs->size; i++)
	{
		if (dialog->jobs->jobs[i].state != JOB_FREE &&
			buf_printf(&tokens, "%c%lld", any ? ',' : '{',
					   (long long) dialog->jobs->jobs[i].token))
			any = true;
	}
	if (any && buf_char(&tokens, '}'))
	{
		dialog->running = DIALOG_HEARTBEAT;
		calls_heartbeat(&dialog->calls, &dialog->identity, tokens.data);
	}
	buf_free(&tokens);
	return any;
}

static void
dialog_exchange(Dialog *dialog)
{
	bool		alone = report_collect(dialog->jobs, &dialog->acks);

	dialog->wanted = dialog->claiming && !alone ? dialog_room(dialog) : 0;
	dialog->running = DIALOG_EXCHANGE;
	calls_exchange(&dialog->calls, &dialog->identity, dialog->acks.data, dialog->wanted);
}

/* Makes the call that is due over the first connection, if any. */
static void
dialog_call(Dialog *dialog)
{
	int64_t		now = clock_ms();

	if (dialog->calls.state != LINK_IDLE || now < dialog->pause_ms)
		return;
	if (!dialog->registered)
	{
		if (!dialog->claiming)
			return;
		dialog->running = DIALOG_REGISTER;
		calls_register(&dialog->calls, dialog->settings->name, dialog->settings->adapters.data,
					   dialog->settings->capabilities.data);
		return;
	}
	if (now >= dialog->heartbeat_ms && dialog_heartbeat(dialog))
		return;
	if (job_count(dialog->jobs, JOB_ENDED) > 0 ||
		(dialog->claiming && dialog->hungry && dialog_room(dialog) > 0))
		dialog_exchange(dialog);
}

static void
dialog_await(Dialog *dialog)
{
	if (dialog->waits.state == LINK_IDLE && dialog->registered && dialog->claiming &&
		!dialog->settings->once && !dialog->hungry && dialog_room(dialog) > 0 &&
		clock_ms() >= dialog->wait_pause_ms)
		calls_await(&dialog->waits, &dialog->identity, DIALOG_AWAIT_MS);
}

void
dialog_step(Dialog *dialog)
{
	link_step(&dialog->calls);
	dialog_take_call(dialog);
	if (!dialog->settings->once)
	{
		link_step(&dialog->waits);
		dialog_take_wait(dialog);
	}
	dialog_call(dialog);
	dialog_await(dialog);
}

bool
dialog_drained(const Dialog *dialog)
{
	bool		no_jobs = job_count(dialog->jobs, JOB_FREE) == dialog->jobs->size;
	bool		satisfied = dialog->registered ? !dialog->hungry : false;

	return no_jobs && dialog->running == DIALOG_NO_CALL && (!dialog->claiming || satisfied);
}

int
dialog_fds(const Dialog *dialog, struct pollfd fds[DIALOG_FDS])
{
	int			n = 0;

	n += link_fd(&dialog->calls, &fds[n]);
	n += link_fd(&dialog->waits, &fds[n]);
	return n;
}

/* When the first connection has something to do: nothing before the end of a pause. */
static int64_t
dialog_calls_due(const Dialog *dialog, int64_t now)
{
	if (dialog->calls.state != LINK_IDLE)
		return link_due(&dialog->calls);
	if (dialog->pause_ms > now)
		return dialog->pause_ms;
	return dialog->registered ? dialog->heartbeat_ms : INT64_MAX;
}

static int64_t
dialog_waits_due(const Dialog *dialog, int64_t now)
{
	if (dialog->settings->once)
		return INT64_MAX;
	if (dialog->waits.state == LINK_IDLE && dialog->wait_pause_ms > now)
		return dialog->wait_pause_ms;
	return link_due(&dialog->waits);
}

int64_t
dialog_due(const Dialog *dialog)
{
	int64_t		now = clock_ms();
	int64_t		calls_due = dialog_calls_due(dialog, now);
	int64_t		waits_due = dialog_waits_due(dialog, now);

	return calls_due < waits_due ? calls_due : waits_due;
}
