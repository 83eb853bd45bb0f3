/*
 * trial.c: one attempt of one operation, without the database.
 *
 * An adapter's contract is tried with what will do its jobs: the same code, credentials, limits,
 * sandbox and way out.  Nothing is claimed and nothing is acknowledged; whoever asked reads the
 * outcome.
 *
 * The job belongs to a table of one place, which frees it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "executor/adapters.h"

#define TRIAL_REQUEST_MAX 16777216
#define TRIAL_ACK_MAX (2 * OPERATION_RESPONSE_BYTES_MAX)
#define TRIAL_TIMEOUT_MS 60000
#define TRIAL_STEP_MS 1000

typedef struct TrialRequest
{
	Buf			text;
	Buf			spec;			/* as they were written: numbers keep their digits */
	Buf			input;
	json_t	   *members;
} TrialRequest;

static bool
trial_read(Buf *text, Failure *failure)
{
	char		chunk[65536];
	ssize_t		len;

	while ((len = read(STDIN_FILENO, chunk, sizeof(chunk))) != 0)
	{
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 || !buf_append(text, chunk, (size_t) len))
		{
			failure_set(failure, "the request could not be read: %s",
						len < 0 ? strerror(errno) : "it is too large");
			return false;
		}
	}
	return true;
}

static bool
trial_member(const TrialRequest *request, const char *name, Buf *copy)
{
	Slice		whole = {request->text.data, request->text.len};
	Slice		member;

	return jsontext_member(whole, name, &member) && buf_append(copy, member.text, member.len);
}

static bool
trial_parse(TrialRequest *request, Failure *failure)
{
	json_error_t error;

	request->members = json_loadb(request->text.data, request->text.len, JSON_REJECT_DUPLICATES,
								  &error);
	if (!json_is_object(request->members))
		failure_set(failure, "the request is not a JSON object");
	else if (!json_is_string(json_object_get(request->members, "tenant_id")) ||
			 !json_is_string(json_object_get(request->members, "adapter")) ||
			 !trial_member(request, "spec", &request->spec) ||
			 !trial_member(request, "input", &request->input))
		failure_set(failure, "the request names no tenant_id, adapter, spec and input");
	else
		return true;
	return false;
}

static JobClaim
trial_claim(const TrialRequest *request)
{
	const json_t *timeout = json_object_get(request->members, "timeout_ms");
	json_int_t	timeout_ms = json_is_integer(timeout) ? json_integer_value(timeout) : 0;

	return (JobClaim)
	{
		.tenant_id = json_string_value(json_object_get(request->members, "tenant_id")),
		.adapter = json_string_value(json_object_get(request->members, "adapter")),
		.run_id = "trial",
		.spec = request->spec.data,
		.input = request->input.data,
		.idempotency_key = json_string_value(json_object_get(request->members,
															 "idempotency_key")),
		.timeout_ms = timeout_ms > 0 && timeout_ms <= INT32_MAX ? (int) timeout_ms :
			TRIAL_TIMEOUT_MS,
	};
}

/* Until the job has its outcome. */
static void
trial_do(const Adapters *adapters, JobTable *table, Job *job)
{
	struct pollfd fds[EXEC_FDS];

	if (job->state == JOB_RUNNING)
		adapters_begin(adapters, job);
	while (job->state == JOB_RUNNING)
	{
		int64_t		left = adapters_due(table) - clock_ms();
		int			wait_ms = left < 0 ? 0 : left < TRIAL_STEP_MS ? (int) left : TRIAL_STEP_MS;

		http_wait(adapters->http, fds, adapters_fds(table, fds), wait_ms);
		adapters_step(adapters, table);
	}
}

static bool
trial_print(const Job *job, Failure *failure)
{
	OutcomeOf	of = {job->run_id, job->token, job->weak, job->retry_after_ms};
	Buf			ack;
	bool		printed;

	buf_init(&ack, TRIAL_ACK_MAX);
	printed = outcome_ack(&job->outcome, &of, &ack) && puts(ack.data) >= 0 && fflush(stdout) == 0;
	buf_free(&ack);
	if (!printed)
		failure_set(failure, "the outcome could not be written");
	return printed;
}

static bool
trial_attempt(const Settings *settings, const TrialRequest *request, Failure *failure)
{
	Adapters	adapters = {http_create(&settings->http, failure), &settings->exec};
	JobClaim	claim = trial_claim(request);
	JobTable	table;
	Job		   *job;
	bool		done = false;

	if (adapters.http == NULL)
		return false;
	failure_set(failure, "out of memory");
	if (job_table_init(&table, 1) && (job = job_add(&table, &claim)) != NULL)
	{
		trial_do(&adapters, &table, job);
		done = trial_print(job, failure);
	}
	job_table_free(&table);
	http_destroy(adapters.http);
	return done;
}

bool
trial_run(const Settings *settings, Failure *failure)
{
	TrialRequest request = {.members = NULL};
	bool		done;

	buf_init(&request.text, TRIAL_REQUEST_MAX);
	buf_init(&request.spec, TRIAL_REQUEST_MAX);
	buf_init(&request.input, TRIAL_REQUEST_MAX);
	done = trial_read(&request.text, failure) && trial_parse(&request, failure) &&
		trial_attempt(settings, &request, failure);
	json_decref(request.members);
	buf_free(&request.text);
	buf_free(&request.spec);
	buf_free(&request.input);
	return done;
}
