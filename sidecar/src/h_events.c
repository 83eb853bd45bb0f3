/*
 * h_events.c: GET /events, a tenant's events as they are sealed (server-sent events).
 *
 *      start ──► ask for the events behind `after` ──► write them, `after` is the last one
 *                  ▲                                         │
 *                  └── the client has taken all, and: ◄──────┘
 *                      at once when the page was full, else after a pause that grows while nothing
 *                      happens
 *
 * Every question is a read of its own on the read lane; between two nothing is held in the
 * database.  The id of each event is its position, so a client that comes back with Last-Event-ID
 * has missed nothing.  A stream ends when the bearer token does, when a question fails, when the
 * client does not read, and when the program drains; the client comes back by itself.
 *
 * The Stream belongs to its request and dies with it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "h_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "call.h"
#include "maxima.h"

#define EVENTS_SHORT_MS 100
#define EVENTS_LONG_MS 1000
#define EVENTS_SILENCE_MS 15000	/* then a comment tells both ends that the other is there */
#define POSITION_SIZE 32

typedef struct Stream
{
	Request    *request;
	Timer		timer;
	char		after[POSITION_SIZE];
	int			pause_ms;
	int64_t		spoke_ms;
	bool		begun;
} Stream;

static void ask(void *owner);

static void
release(Request *request)
{
	Stream	   *stream = request->more;
	Service    *service = request->service;

	timer_unset(&service->loop.timers, &stream->timer);
	quota_give(&service->streams, request->identity->claims.tenant);
	service->stream_count--;
	free(stream);
}

static void
pause_for(Stream *stream, int delay_ms)
{
	Loop	   *loop = &stream->request->service->loop;

	timer_set(&loop->timers, &stream->timer, loop->now_ms + delay_ms);
}

/* The first answer is there: from now on the client is told, not answered. */
static void
begin(Stream *stream)
{
	Request    *request = stream->request;

	stream->begun = request->streaming = true;
	request_told(request, 200);
	conn_stream_begin(request->conn, "text/event-stream");
}

/* The last thing that is done: a client that is gone takes the request with it. */
static void
render(Request *request, const PGresult *rows)
{
	Stream	   *stream = request->more;
	Conn	   *conn = request->conn;
	Span		text = {PQgetvalue(rows, 0, 0), (size_t) PQgetlength(rows, 0, 0)};
	bool		full = *PQgetvalue(rows, 0, 2) == 't';
	int64_t		now_ms = request->service->loop.now_ms;

	if (!stream->begun)
	{
		begin(stream);
		text = text.len > 0 ? text : span_of("retry: 1000\n\n");
	}
	snprintf(stream->after, sizeof(stream->after), "%s", PQgetvalue(rows, 0, 1));
	stream->pause_ms = text.len > 0 ? EVENTS_SHORT_MS : stream->pause_ms * 2;
	if (stream->pause_ms > EVENTS_LONG_MS)
		stream->pause_ms = EVENTS_LONG_MS;
	if (text.len == 0 && now_ms - stream->spoke_ms >= EVENTS_SILENCE_MS)
		text = span_of(":\n\n");
	if (text.len > 0)
		stream->spoke_ms = now_ms;
	pause_for(stream, full ? 0 : stream->pause_ms);
	conn_stream(conn, text);
}

/* Asks for the next page, unless the client has not taken the last one yet. */
static void
ask(void *owner)
{
	Stream	   *stream = owner;
	Request    *request = stream->request;

	if (stream->begun && request->identity->claims.exp <= time(NULL))
	{
		conn_close(request->conn);
		return;
	}
	if (stream->begun && conn_stream_waits(request->conn))
	{
		pause_for(stream, EVENTS_SHORT_MS);
		return;
	}
	job_free(request->job);
	request->minted = false;
	request->job = job_new();
	if (request->job == NULL)
	{
		request_problem(request, problem_sqlstate("53200", "out of memory"));
		return;
	}
	call_events(&request->job->statement, span_of(stream->after));
	request->render = render;
	request_perform(request, LANE_READ);
}

/* Last-Event-ID, which a browser sends by itself, before the parameter. */
static bool
read_after(const Request *request, char *after, Failure *failure)
{
	const Url  *url = &request->url;
	Span		given = http_header(&request->conn->parser, "last-event-id");

	for (size_t i = 0; i < url->parameter_count; i++)
	{
		if (!span_is(url->parameters[i].name, "after"))
		{
			failure_set_sqlstate(failure, "UP007", "events take the parameter \"after\" only");
			return false;
		}
		if (given.len == 0)
			given = url->parameters[i].value;
	}
	if (given.len == 0)
		given = span_of("now");
	if (given.len >= POSITION_SIZE)
	{
		failure_set_sqlstate(failure, "UP007", "a position is not that long");
		return false;
	}
	snprintf(after, POSITION_SIZE, "%.*s", (int) given.len, given.at);
	return true;
}

/* Counts the stream; NULL when there are too many. */
static Stream *
open_stream(Request *request)
{
	Service    *service = request->service;
	Stream	   *stream = calloc(1, sizeof(Stream));

	if (stream == NULL || service->stream_count >= LIMIT_STREAMS ||
		!quota_take(&service->streams, request->identity->claims.tenant))
	{
		free(stream);
		return NULL;
	}
	service->stream_count++;
	*stream = (Stream) {.request = request, .pause_ms = EVENTS_SHORT_MS};
	stream->timer = (Timer) {0, 0, ask, stream};
	request->more = stream;
	request->release = release;
	return stream;
}

void
h_events(Request *request)
{
	Stream	   *stream;
	Failure		failure;
	char		after[POSITION_SIZE];

	if (!read_after(request, after, &failure))
		request_failure(request, &failure);
	else if ((stream = open_stream(request)) == NULL)
		request_problem(request, problem_sqlstate("UP501", "too many streams are open"));
	else
	{
		memcpy(stream->after, after, sizeof(after));
		ask(stream);
	}
}
