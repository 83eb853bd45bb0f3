/*
 * h_worker.c: the protocol of a tenant's own workers (docs/worker-protocol.md).
 *
 *      POST /worker/register, /worker/heartbeat     one call, as any function is called
 *      POST /worker/exchange                        the same; with Prefer: wait=SECONDS and nothing to
 *                                                   hand out it is asked again, without the
 *                                                   acknowledgements, until there is a job:
 *
 *      ask ──► exchange ──► jobs, or the time is over ──► answer
 *       ▲                      │ none
 *       └── a growing pause ◄──┘
 *
 * Between two questions nothing is held in the database.  Who is no longer there is not asked for:
 * a job handed to nobody would be lost until its lease ends.
 *
 * The Wait belongs to its request and dies with it; its arguments point into the request's body.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "h_worker.h"

#include <stdlib.h>
#include <time.h>

#include "call.h"
#include "h_rpc.h"
#include "maxima.h"

#define WAIT_SHORT_MS 50
#define WAIT_LONG_MS 400

typedef struct Wait
{
	Request    *request;
	Timer		timer;
	Arguments	arguments;		/* of the questions after the first */
	int64_t		until_ms;
	int			pause_ms;
} Wait;

static CatalogArgument register_arguments[] = {{"version", "text", SHAPE_SCALAR, true}};
static CatalogArgument exchange_arguments[] = {
	{"epoch", "integer", SHAPE_SCALAR, false},
	{"acks", "jsonb", SHAPE_JSON, true},
	{"want", "integer", SHAPE_SCALAR, true},
};
static CatalogArgument heartbeat_arguments[] = {
	{"epoch", "integer", SHAPE_SCALAR, false},
	{"tokens", "bigint[]", SHAPE_ARRAY, false},
};

static const CatalogFunction register_call = {
	"worker_register", NULL, register_arguments, 1, true, false, false
};
static const CatalogFunction exchange_call = {
	"worker_exchange", NULL, exchange_arguments, 3, true, true, false
};
static const CatalogFunction heartbeat_call = {
	"worker_heartbeat", NULL, heartbeat_arguments, 2, true, true, false
};

static void
release(Request *request)
{
	Wait	   *wait = request->more;
	Service    *service = request->service;

	timer_unset(&service->loop.timers, &wait->timer);
	quota_give(&service->streams, request->identity->claims.tenant);
	service->stream_count--;
	free(wait);
}

/* Whether it is worth asking once more. */
static bool
goes_on(const Request *request)
{
	const Wait *wait = request->more;
	const Service *service = request->service;

	return service->loop.now_ms + wait->pause_ms < wait->until_ms && !service->draining &&
		!request->conn->half_closed && time(NULL) < request->identity->claims.exp;
}

/* Jobs, or stale acknowledgements, are answered with at once; nothing is asked again. */
static void
render(Request *request, const PGresult *rows)
{
	Wait	   *wait = request->more;
	Loop	   *loop = &request->service->loop;

	if (strcmp(PQgetvalue(rows, 0, 0), "[]") != 0 || !goes_on(request))
	{
		request_body(request, rows, "");
		return;
	}
	timer_set(&loop->timers, &wait->timer, loop->now_ms + wait->pause_ms);
	wait->pause_ms = wait->pause_ms * 2 < WAIT_LONG_MS ? wait->pause_ms * 2 : WAIT_LONG_MS;
}

static void
ask(void *owner)
{
	Wait	   *wait = owner;
	Request    *request = wait->request;
	Failure		failure;

	job_free(request->job);
	request->minted = false;
	request->job = job_new();
	if (request->job == NULL)
		request_problem(request, problem_sqlstate("53200", "out of memory"));
	else if (!call_function(&request->job->statement, &exchange_call, &wait->arguments, &failure))
		request_failure(request, &failure);
	else
		request_perform(request, LANE_WRITE);
}

/* Prefer: wait=SECONDS (RFC 7240), in milliseconds; 0 when it is not preferred. */
static int64_t
preferred_wait_ms(const HttpParser *parser)
{
	static const char name[] = "wait=";
	Span		rest = http_header(parser, "prefer");
	char		digits[8];

	while (rest.len > 0)
	{
		Span		item = span_cut(&rest, ',');
		size_t		len = sizeof(name) - 1;

		while (item.len > 0 && *item.at == ' ')
			item = (Span) {item.at + 1, item.len - 1};
		if (item.len <= len || item.len - len >= sizeof(digits) ||
			strncasecmp(item.at, name, len) != 0)
			continue;
		snprintf(digits, sizeof(digits), "%.*s", (int) (item.len - len), item.at + len);
		if (digits[strspn(digits, "0123456789")] == '\0')
			return (int64_t) strtol(digits, NULL, 10) * 1000;
	}
	return 0;
}

/* Counts the wait among the tenant's streams; false when there are too many. */
static bool
open_wait(Request *request, const Arguments *arguments, int64_t wait_ms)
{
	Service    *service = request->service;
	Wait	   *wait = calloc(1, sizeof(Wait));

	if (wait == NULL || service->stream_count >= LIMIT_STREAMS ||
		!quota_take(&service->streams, request->identity->claims.tenant))
	{
		free(wait);
		return false;
	}
	service->stream_count++;
	wait->request = request;
	wait->timer = (Timer) {0, 0, ask, wait};
	wait->pause_ms = WAIT_SHORT_MS;
	wait->until_ms = service->loop.now_ms +
		(wait_ms < LIMIT_WAIT_MS ? wait_ms : LIMIT_WAIT_MS);
	for (int i = 0; i < arguments->count; i++)
		if (!span_is(arguments->given[i].name, "acks"))
			wait->arguments.given[wait->arguments.count++] = arguments->given[i];
	request->more = wait;
	request->release = release;
	request->render = render;
	return true;
}

static void
exchange(Request *request)
{
	int64_t		wait_ms = preferred_wait_ms(&request->conn->parser);
	Arguments	arguments;

	if (!h_rpc_prepare(request, &exchange_call, 1, &arguments))
		return;
	if (wait_ms > 0 && !open_wait(request, &arguments, wait_ms))
		request_problem(request, problem_sqlstate("UP501", "too many workers wait"));
	else
		request_perform(request, LANE_WRITE);
}

void
h_worker(Request *request, Span name)
{
	const CatalogFunction *call = span_is(name, "register") ? &register_call :
		span_is(name, "heartbeat") ? &heartbeat_call : &exchange_call;
	Arguments	arguments;

	request->known = call != &exchange_call || span_is(name, "exchange");
	if (!request->known)
		request_problem(request, problem_sqlstate("42883", "workers have no such call"));
	else if (call == &exchange_call)
		exchange(request);
	else if (h_rpc_prepare(request, call, 1, &arguments))
		request_perform(request, LANE_WRITE);
}
