/*
 * pipeline.c: one database connection in libpq's pipeline mode: its life.
 *
 * Here: connecting, setting up, sending, losing.  What comes back is read in flight.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "pipeline.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"

#define CONNECT_MS 5000
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 32000
#define ANSWER_GRACE_MS 5000	/* past the statement timeout: the server or the network hangs */

static void pipeline_lost(Pipeline *pipeline, const char *why);
static void on_ready(void *owner, uint32_t events);
static void on_timer(void *owner);

static void
arm(Pipeline *pipeline, int64_t delay_ms)
{
	timer_set(&pipeline->loop->timers, &pipeline->timer, pipeline->loop->now_ms + delay_ms);
}

/* Reads always; writes only while libpq holds bytes back. */
static bool
watch_conn(Pipeline *pipeline, bool writing)
{
	return loop_watch(pipeline->loop, &pipeline->watch, PQsocket(pipeline->conn),
					  EPOLLIN | (writing ? EPOLLOUT : 0));
}

static void
flush(Pipeline *pipeline)
{
	int			left = PQflush(pipeline->conn);

	if (left < 0 || !watch_conn(pipeline, left == 1))
		pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
}

static void
connect_begin(Pipeline *pipeline)
{
	pipeline->conn = pgconn_start(pipeline->rules->target);
	pipeline->state = PIPELINE_CONNECTING;
	arm(pipeline, CONNECT_MS);
	if (pipeline->conn == NULL || PQstatus(pipeline->conn) == CONNECTION_BAD ||
		!watch_conn(pipeline, true))
		pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
}

/* The connection is there: its session settings and the context statement, one batch. */
static void
setup_begin(Pipeline *pipeline)
{
	const PipelineRules *rules = pipeline->rules;
	char		timeout[16];
	const char *values[] = {rules->read_only ? "on" : "off", timeout};

	snprintf(timeout, sizeof(timeout), "%d", rules->timeout_ms);
	pipeline->state = PIPELINE_SETUP;
	pipeline->setup_failed = false;
	if (PQsetnonblocking(pipeline->conn, 1) != 0 || PQenterPipelineMode(pipeline->conn) != 1 ||
		PQsendQueryParams(pipeline->conn, rules->setup_sql, 2, NULL, values, NULL, NULL, 0) != 1 ||
		PQsendPrepare(pipeline->conn, "context", rules->context_sql, 0, NULL) != 1 ||
		PQpipelineSync(pipeline->conn) != 1)
		pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
	else
		flush(pipeline);
}

static void
connect_step(Pipeline *pipeline)
{
	PostgresPollingStatusType status = PQconnectPoll(pipeline->conn);
	bool		watched = true;

	/* libpq may have changed its socket, even to one with the same number */
	loop_forget(pipeline->loop, &pipeline->watch);
	if (status == PGRES_POLLING_READING)
		watched = loop_watch(pipeline->loop, &pipeline->watch, PQsocket(pipeline->conn), EPOLLIN);
	else if (status == PGRES_POLLING_WRITING)
		watched = loop_watch(pipeline->loop, &pipeline->watch, PQsocket(pipeline->conn),
							 EPOLLOUT);
	if (status == PGRES_POLLING_FAILED || !watched)
		pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
	else if (status == PGRES_POLLING_OK)
		setup_begin(pipeline);
}

/* One line for the log: libpq's messages end with a line end and may have several. */
static void
log_loss(const Pipeline *pipeline, const char *why)
{
	char		line[256];

	pgconn_reason(why, line, sizeof(line));
	log_warn("database connection lost", log_text("lane", pipeline->rules->lane),
			 log_text("reason", line), log_number("in_flight", pipeline->flight.count));
}

/* Whatever happened: close, give the jobs back, try again later. */
static void
pipeline_lost(Pipeline *pipeline, const char *why)
{
	Job		   *jobs;

	log_loss(pipeline, why);
	jobs = flight_abort(&pipeline->flight);
	loop_forget(pipeline->loop, &pipeline->watch);
	PQfinish(pipeline->conn);
	pipeline->conn = NULL;
	pipeline->state = PIPELINE_DOWN;
	arm(pipeline, backoff_next(&pipeline->backoff));
	if (jobs != NULL)
		pipeline->owner.lost(pipeline->owner.owner, jobs);
}

/* Hands over every outcome that is complete. */
static void
read_answers(Pipeline *pipeline)
{
	Job		   *job;

	if (PQconsumeInput(pipeline->conn) != 1)
	{
		pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
		return;
	}
	if (pipeline->state == PIPELINE_SETUP &&
		flight_setup(pipeline->conn, pipeline->rules->lane, &pipeline->setup_failed))
	{
		if (pipeline->setup_failed)
		{
			pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
			return;
		}
		pipeline->state = PIPELINE_UP;
		timer_unset(&pipeline->loop->timers, &pipeline->timer);
		backoff_reset(&pipeline->backoff);
		pipeline->owner.up(pipeline->owner.owner);
	}
	while (pipeline->state == PIPELINE_UP &&
		   (job = flight_next(&pipeline->flight, pipeline->conn)) != NULL)
		pipeline->owner.answered(pipeline->owner.owner, job);
	if (pipeline->state != PIPELINE_DOWN && PQstatus(pipeline->conn) == CONNECTION_BAD)
		pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
}

static void
on_ready(void *owner, uint32_t events)
{
	Pipeline   *pipeline = owner;

	if (pipeline->state == PIPELINE_CONNECTING)
	{
		connect_step(pipeline);
		return;
	}
	if ((events & EPOLLOUT) != 0)
		flush(pipeline);
	if (pipeline->state != PIPELINE_DOWN)
		read_answers(pipeline);
}

/* Armed once while jobs are in flight, not once a job: here it is seen whose turn it is. */
static void
on_timer(void *owner)
{
	Pipeline   *pipeline = owner;
	const Job  *oldest = pipeline->flight.first;
	int64_t		limit = pipeline->rules->timeout_ms + ANSWER_GRACE_MS;

	if (pipeline->state == PIPELINE_DOWN)
		connect_begin(pipeline);
	else if (pipeline->state != PIPELINE_UP)
		pipeline_lost(pipeline, "no answer while connecting");
	else if (oldest != NULL && oldest->since_ms + limit <= pipeline->loop->now_ms)
		pipeline_lost(pipeline, "no answer in time");
	else if (oldest != NULL)
		arm(pipeline, oldest->since_ms + limit - pipeline->loop->now_ms);
}

/* [deallocate][prepare] when the statement is new to this connection, and how it is then named. */
static bool
send_prepare(Pipeline *pipeline, Job *job, PreparedEntry **entry)
{
	const char *sql = job->statement.sql.data;
	char		name[PREPARED_NAME_SIZE];
	char		forget[32];
	int			evicted = 0;

	job->prepare_step = -1;
	job->prepares = NULL;
	*entry = prepared_find(&pipeline->flight.prepared, sql);
	if (*entry != NULL)
	{
		if (!(*entry)->ready)
			*entry = NULL;		/* another job is preparing it: go unnamed */
		return true;
	}
	*entry = prepared_add(&pipeline->flight.prepared, sql, &evicted);
	if (evicted != 0)
	{
		prepared_name(evicted, name);
		snprintf(forget, sizeof(forget), "deallocate %s", name);
		if (PQsendQueryParams(pipeline->conn, forget, 0, NULL, NULL, NULL, NULL, 0) != 1)
			return false;
	}
	if (*entry == NULL)
		return true;
	job->prepares = *entry;
	job->prepare_step = evicted != 0 ? 1 : 0;
	prepared_name((*entry)->number, name);
	return PQsendPrepare(pipeline->conn, name, sql, 0, NULL) == 1;
}

static bool
send_statement(Pipeline *pipeline, const Job *job, const PreparedEntry *entry)
{
	const char *values[LIMIT_STATEMENT_PARAMS];
	int			count = job->statement.param_count;
	char		name[PREPARED_NAME_SIZE];

	for (int i = 0; i < count; i++)
		values[i] = statement_param(&job->statement, i + 1);
	if (entry == NULL)
		return PQsendQueryParams(pipeline->conn, job->statement.sql.data, count, NULL, values,
								 NULL, NULL, 0) == 1;
	prepared_name(entry->number, name);
	return PQsendQueryPrepared(pipeline->conn, name, count, values, NULL, NULL, 0) == 1;
}

static bool
send_batch(Pipeline *pipeline, Job *job)
{
	const char *context[] = {job->context, job->trace};
	PreparedEntry *entry;

	return send_prepare(pipeline, job, &entry) &&
		(job->context == NULL ||
		 PQsendQueryPrepared(pipeline->conn, "context", 2, context, NULL, NULL, 0) == 1) &&
		send_statement(pipeline, job, entry) &&
		PQpipelineSync(pipeline->conn) == 1;
}

void
pipeline_send(Pipeline *pipeline, Job *job)
{
	job->since_ms = pipeline->loop->now_ms;
	flight_push(&pipeline->flight, job);
	if (pipeline->timer.place == 0)
		arm(pipeline, pipeline->rules->timeout_ms + ANSWER_GRACE_MS);
	if (!send_batch(pipeline, job))
		pipeline_lost(pipeline, PQerrorMessage(pipeline->conn));
	else
		flush(pipeline);
}

void
pipeline_open(Pipeline *pipeline, Loop *loop, const PipelineRules *rules, PipelineOwner owner)
{
	memset(pipeline, 0, sizeof(*pipeline));
	pipeline->loop = loop;
	pipeline->rules = rules;
	pipeline->owner = owner;
	pipeline->watch = (Watch) {-1, 0, on_ready, pipeline};
	pipeline->timer = (Timer) {0, 0, on_timer, pipeline};
	backoff_init(&pipeline->backoff, BACKOFF_FIRST_MS, BACKOFF_LAST_MS);
	connect_begin(pipeline);
}

void
pipeline_close(Pipeline *pipeline)
{
	loop_forget(pipeline->loop, &pipeline->watch);
	timer_unset(&pipeline->loop->timers, &pipeline->timer);
	PQfinish(pipeline->conn);
	for (Job *job = flight_abort(&pipeline->flight), *next; job != NULL; job = next)
	{
		next = job->next;
		job_free(job);
	}
}
