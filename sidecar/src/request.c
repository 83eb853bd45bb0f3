/*
 * request.c: one API request on its way.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "authn.h"
#include "call.h"
#include "common/clock.h"
#include "common/log.h"
#include "maxima.h"

static void submit_call(Request *request);

Request *
request_new(Service *service, Conn *conn)
{
	Request    *request = calloc(1, sizeof(Request));

	if (request == NULL)
		return NULL;
	request->service = service;
	request->conn = conn;
	request->since_us = clock_wall_us();
	conn->request = request;
	httptrace_begin(&request->trace, &conn->parser, service->settings.trace_percent);
	return request;
}

void
request_free(Request *request)
{
	if (request->in_flight != NULL)
		job_abandon(request->in_flight);
	if (request->release != NULL)
		request->release(request);
	job_free(request->job);
	identity_release(request->identity);
	if (request->has_url)
		url_free(&request->url);
	free(request);
}

/* The path when all of it is ours, else the route's pattern: the rest of it is anybody's. */
static Span
shown_path(const Request *request)
{
	return request->known ? request->url.path : span_of(sidecar_metrics_route(request->route));
}

static void
log_request(const Request *request, int status)
{
	Span		path = shown_path(request);
	char		text[128];

	snprintf(text, sizeof(text), "%.*s", (int) (path.len < 127 ? path.len : 127), path.at);
	log_info("request", log_text("method", http_method(&request->conn->parser)),
			 log_text("path", text), log_number("status", status),
			 log_number("us", clock_wall_us() - request->since_us),
			 log_trace(request->trace.span.trace_id, request->trace.span.span_id));
}

void
request_told(const Request *request, int status)
{
	HttpTraceEnd end = {
		.method = http_method(&request->conn->parser),
		.route = sidecar_metrics_route(request->route),
		.path = shown_path(request),
		.status = status,
		.since_us = request->since_us,
		.until_us = clock_wall_us(),
	};

	if (end.until_us < end.since_us)
		end.until_us = end.since_us;	/* the wall clock was set back */
	sidecar_metrics_request(end.method, request->route, status, end.until_us - end.since_us);
	httptrace_end(&request->trace, &end);
}

void
request_reply(Request *request, const Reply *reply)
{
	Conn	   *conn = request->conn;

	request_told(request, reply->status);
	if (request->service->settings.log_requests)
		log_request(request, reply->status);
	/* the reply may point into the request's job: it is copied before that is freed */
	conn->request = NULL;
	conn_reply(conn, reply);
	request_free(request);
}

void
request_json(Request *request, int status, Span body, const char *headers)
{
	Reply		reply = {status, "application/json", body, headers, false};

	request_reply(request, &reply);
}

void
request_body(Request *request, const PGresult *rows, const char *headers)
{
	Span		body = {PQgetvalue(rows, 0, 0), (size_t) PQgetlength(rows, 0, 0)};

	if (PQgetisnull(rows, 0, 0))
		request_problem(request, problem_http(413, "the call was made; its answer is larger than 16 MiB"));
	else
		request_json(request, 200, body, headers);
}

void
request_problem(Request *request, Problem problem)
{
	Buf			body;
	char		headers[160] = "";
	Span		instance = request->has_url ? request->url.path : span_of("/");
	Reply		reply = {problem.status, "application/problem+json", {NULL, 0}, headers, false};

	if (request->streaming)
	{
		conn_close(request->conn);	/* the client comes back and hears of it then */
		return;
	}
	if (problem.status == 401)
		snprintf(headers, sizeof(headers), "WWW-Authenticate: Bearer%s\r\n",
				 strcmp(problem.code, "UP201") == 0 ? "" : " error=\"invalid_token\"");
	else if (problem.allow != NULL)
		snprintf(headers, sizeof(headers), "Allow: %s\r\n", problem.allow);
	else if (problem.retry_after > 0)
		snprintf(headers, sizeof(headers), "Retry-After: %d\r\n", problem.retry_after);
	problem.trace_id = request->trace.span.trace_id[0] != '\0' ? request->trace.span.trace_id : NULL;
	buf_init(&body, LIMIT_RESPONSE);
	if (!problem_write(&problem, instance, &body))
		reply.content_type = NULL;
	reply.body = (Span) {body.data, body.len};
	request_reply(request, &reply);
	buf_free(&body);
}

void
request_failure(Request *request, const Failure *failure)
{
	request_problem(request, problem_sqlstate(failure->sqlstate, failure->message));
}

bool
request_identify(Request *request)
{
	Failure		failure;
	Problem		problem;

	request->identity = authn_identify(request->service, &request->conn->parser, &failure);
	if (request->identity != NULL)
		return true;
	problem = problem_sqlstate(failure.sqlstate, failure.message);
	if (failure.sqlstate[0] == 'U')
		problem.status = 401;	/* the request's own credential, not what it may do */
	request_problem(request, problem);
	return false;
}

/* What the database said, word for word. */
static Problem
problem_of_job(const Request *request, const Job *job)
{
	Problem		problem = problem_sqlstate(job->sqlstate, job->message);

	if (job->error != NULL)
	{
		problem.details = PQresultErrorField(job->error, PG_DIAG_MESSAGE_DETAIL);
		problem.hint = PQresultErrorField(job->error, PG_DIAG_MESSAGE_HINT);
	}
	/* lost connections and full queues are logged and counted where they happen */
	if (problem.status >= 500 && job->error != NULL)
		log_error("call failed", log_text("sqlstate", job->sqlstate),
				  log_said("reason", job->message),
				  log_trace(request->trace.span.trace_id, request->trace.span.span_id));
	return problem;
}

/* Answers with the job's outcome and frees both. */
static void
finish(Request *request, Job *job)
{
	request->job = job;
	if (job->sqlstate[0] != '\0')
		request_problem(request, problem_of_job(request, job));
	else if (PQntuples(job->rows) != 1)
		request_problem(request, problem_sqlstate("XX000", "the answer has not one row"));
	else
		request->render(request, job->rows);
}

static bool
mint(Request *request, const PGresult *rows)
{
	Route		route = {
		.database = PQgetvalue(rows, 0, 0),
		.away = *PQgetvalue(rows, 0, 1) == 't',
		.epoch = (int) strtol(PQgetvalue(rows, 0, 2), NULL, 10),
	};

	return authn_mint(request->service, request->identity, &route);
}

static void
look_up_done(Job *job)
{
	Request    *request = job->owner;

	request->in_flight = NULL;
	if (job->sqlstate[0] != '\0')
		request_problem(request, problem_of_job(request, job));
	else if (!mint(request, job->rows))
		request_problem(request, problem_sqlstate("08006", "the database is not connected"));
	else
	{
		request->minted = true;
		submit_call(request);
	}
	job_free(job);
}

/* Sends a job on its way; a full queue answers the request. */
static void
submit(Request *request, Lane *lane, Job *job, void (*done) (Job *job))
{
	job->done = done;
	job->owner = request;
	request->in_flight = job;
	if (lane_submit(lane, job))
		return;
	request->in_flight = NULL;
	sidecar_metrics_count(SIDECAR_QUEUE_REFUSED);
	job_free(job);
	request_problem(request, problem_sqlstate("53300", "too many calls are waiting"));
}

static void
look_up_route(Request *request)
{
	Job		   *job = job_new();

	if (job == NULL)
	{
		request_problem(request, problem_sqlstate("53200", "out of memory"));
		return;
	}
	job->may_repeat = true;
	call_route(&job->statement, request->identity->claims.tenant);
	submit(request, &request->service->home.lanes[LANE_READ], job, look_up_done);
}

/* The function or the view is the end of the path; a stream's looks for events are no calls. */
static void
tell_call(Request *request, const Job *job)
{
	Span		name = request->url.path;

	for (size_t i = name.len; i > 0; i--)
		if (name.at[i - 1] == '/')
		{
			name = (Span) {name.at + i, name.len - i};
			break;
		}
	if (request->route == ROUTE_VIEW)
		httptrace_called(&request->trace, "SELECT", name, job->sqlstate);
	else if (request->route == ROUTE_RPC || request->route == ROUTE_WORKER)
		httptrace_called(&request->trace, "CALL", name, job->sqlstate);
}

static void
call_done(Job *job)
{
	Request    *request = job->owner;
	bool		stale = strcmp(job->sqlstate, "UP204") == 0 && !request->minted;
	bool		slow = strcmp(job->sqlstate, "57014") == 0 && request->lane == LANE_READ;

	request->in_flight = NULL;
	tell_call(request, job);
	if (!stale && !slow)
	{
		finish(request, job);
		return;
	}
	job_clear(job);
	request->job = job;
	if (slow)
	{
		sidecar_metrics_count(SIDECAR_READ_MOVED);
		request->lane = LANE_SLOW;
		submit_call(request);
	}
	else
		look_up_route(request);	/* the tenant has moved since the token was minted */
}

/* Of the database that the context token was made for. */
static Pool *
pool_of(Request *request, Failure *failure)
{
	Service    *service = request->service;

	if (request->identity->database[0] == '\0')
		return &service->home;
	return pools_find(&service->pools, request->identity->database, failure);
}

static void
submit_call(Request *request)
{
	Job		   *job = request->job;
	Failure		failure;
	Pool	   *pool = pool_of(request, &failure);

	if (pool == NULL)
	{
		request_failure(request, &failure);
		return;
	}
	free(job->context);
	job->context = strdup(request->identity->token.data);
	if (job->context == NULL)
	{
		request_problem(request, problem_sqlstate("53200", "out of memory"));
		return;
	}
	httptrace_call(&request->trace, job->trace);
	request->job = NULL;
	submit(request, &pool->lanes[request->lane], job, call_done);
}

void
request_perform(Request *request, LaneId lane)
{
	request->lane = lane;
	if (!statement_ok(&request->job->statement))
	{
		request_problem(request, problem_sqlstate("UP005", "the call is too large"));
		return;
	}
	if (!job_count(request->job, &request->service->quota, request->identity->claims.tenant))
	{
		sidecar_metrics_count(SIDECAR_QUOTA_REFUSED);
		request_problem(request, problem_sqlstate("UP501",
												  "too many requests of the tenant are under way"));
		return;
	}
	request->job->may_repeat = lane != LANE_WRITE;
	if (authn_has_context(request->identity))
		submit_call(request);
	else
		look_up_route(request);
}
