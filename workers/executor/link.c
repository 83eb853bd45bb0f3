/*
 * link.c: one connection to the database that never blocks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/link.h"

#include "common/clock.h"
#include "common/log.h"

#define LINK_CONNECT_MS 5000
#define LINK_FIRST_RETRY_MS 100
#define LINK_LAST_RETRY_MS 5000

void
link_init(Link *link, const PgTarget *target, const char *purpose)
{
	*link = (Link) {.target = target, .purpose = purpose, .state = LINK_DOWN};
	backoff_init(&link->backoff, LINK_FIRST_RETRY_MS, LINK_LAST_RETRY_MS);
}

static void
link_drop(Link *link)
{
	PQclear(link->result);
	link->result = NULL;
	PQfinish(link->conn);
	link->conn = NULL;
	link->state = LINK_DOWN;
}

void
link_close(Link *link)
{
	link_drop(link);
	link->event = LINK_NOTHING;
}

/* The connection is gone: says so, and whether a call went with it. */
static void
link_lose(Link *link, const char *reason)
{
	bool		busy = link->state == LINK_BUSY;
	int			delay_ms = backoff_next(&link->backoff);

	failure_set_sqlstate(&link->failure, "08006", "%s", "");
	pgconn_reason(reason, link->failure.message, sizeof(link->failure.message));
	log_warn("the database connection is lost", log_text("purpose", link->purpose),
			 log_text("reason", link->failure.message), log_number("retry_ms", delay_ms));
	link_drop(link);
	link->due_ms = clock_ms() + delay_ms;
	if (busy)
		link->event = LINK_LOST;
}

static void
link_connect(Link *link)
{
	link->state = LINK_CONNECTING;
	link->due_ms = clock_ms() + LINK_CONNECT_MS;
	link->wants = PGRES_POLLING_WRITING;
	link->conn = pgconn_start(link->target);
	if (link->conn == NULL || PQstatus(link->conn) == CONNECTION_BAD)
		link_lose(link, link->conn != NULL ? PQerrorMessage(link->conn) : "out of memory");
}

static void
link_connecting(Link *link)
{
	link->wants = PQconnectPoll(link->conn);
	if (link->wants == PGRES_POLLING_OK && PQsetnonblocking(link->conn, 1) == 0)
	{
		link->state = LINK_IDLE;
		backoff_reset(&link->backoff);
		log_info("connected to the database", log_text("purpose", link->purpose));
	}
	else if (link->wants == PGRES_POLLING_FAILED || link->wants == PGRES_POLLING_OK)
		link_lose(link, PQerrorMessage(link->conn));
	else if (clock_ms() >= link->due_ms)
		link_lose(link, "the connection took too long");
}

void
link_send(Link *link, const char *sql, int n_params, const char *const *params, int timeout_ms)
{
	link->state = LINK_BUSY;
	link->event = LINK_NOTHING;
	link->due_ms = clock_ms() + timeout_ms;
	if (PQsendQueryParams(link->conn, sql, n_params, NULL, params, NULL, NULL, 0) != 1)
		link_lose(link, PQerrorMessage(link->conn));
}

/* The call is over: keeps its result, or the reason that it has none. */
static void
link_finished(Link *link)
{
	link->state = LINK_IDLE;
	link->event = LINK_REFUSED;
	if (pgconn_check(link->conn, link->result, &link->failure))
		link->event = LINK_ANSWER;
	if (link->event == LINK_REFUSED)
	{
		PQclear(link->result);
		link->result = NULL;
	}
}

static void
link_busy(Link *link)
{
	PGresult   *result;

	if (PQflush(link->conn) < 0 || PQconsumeInput(link->conn) != 1)
	{
		link_lose(link, PQerrorMessage(link->conn));
		return;
	}
	while (PQisBusy(link->conn) == 0)
	{
		result = PQgetResult(link->conn);
		if (result == NULL)
		{
			if (PQstatus(link->conn) == CONNECTION_BAD)
				link_lose(link, PQerrorMessage(link->conn));
			else
				link_finished(link);
			return;
		}
		PQclear(link->result);
		link->result = result;
	}
	if (clock_ms() >= link->due_ms)
		link_lose(link, "the call took too long");
}

/* An idle connection speaks only to say that it ends. */
static void
link_idle(Link *link)
{
	if (PQconsumeInput(link->conn) != 1 || PQstatus(link->conn) == CONNECTION_BAD)
		link_lose(link, PQerrorMessage(link->conn));
}

void
link_step(Link *link)
{
	switch (link->state)
	{
		case LINK_DOWN:
			if (clock_ms() >= link->due_ms)
				link_connect(link);
			break;
		case LINK_CONNECTING:
			link_connecting(link);
			break;
		case LINK_IDLE:
			link_idle(link);
			break;
		case LINK_BUSY:
			link_busy(link);
			break;
	}
}

bool
link_fd(const Link *link, struct pollfd *fd)
{
	if (link->conn == NULL || PQsocket(link->conn) < 0)
		return false;
	fd->fd = PQsocket(link->conn);
	fd->revents = 0;
	if (link->state == LINK_CONNECTING)
		fd->events = link->wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	else
		fd->events = (short) (POLLIN | (PQflush(link->conn) == 1 ? POLLOUT : 0));
	return true;
}

int64_t
link_due(const Link *link)
{
	return link->state == LINK_IDLE ? INT64_MAX : link->due_ms;
}

LinkEvent
link_take(Link *link, PGresult **result, Failure *failure)
{
	LinkEvent	event = link->event;

	link->event = LINK_NOTHING;
	*result = event == LINK_ANSWER ? link->result : NULL;
	if (event == LINK_ANSWER)
		link->result = NULL;
	else if (event != LINK_NOTHING)
		*failure = link->failure;
	return event;
}
