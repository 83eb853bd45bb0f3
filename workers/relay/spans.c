/*
 * spans.c: the spans of runs and states, which the database works out of its entries.
 *
 * The cursor moves when the collector has taken what was read: the exporter is asked to send at
 * once and to say so.  When it did not, the same spans come again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/spans.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/exporter.h"
#include "relay/feed.h"

#define SPANS_SINK "spans"
#define SPANS_BATCH 500
#define SPANS_ERROR_COLUMN 8

struct Spans
{
	pthread_t	thread;
	int			stop_fd;
	int			interval_ms;
	Session		session;
};

/* A row that ended a span. */
static bool
spans_write(const PGresult *rows, int row, Buf *out)
{
	bool		failed = !PQgetisnull(rows, row, SPANS_ERROR_COLUMN);
	OtlpSpan	span = {
		.name = PQgetvalue(rows, row, 5),
		.trace_id = PQgetvalue(rows, row, 2),
		.span_id = PQgetvalue(rows, row, 3),
		.parent_id = PQgetvalue(rows, row, 4),
		.kind = OTLP_INTERNAL,
		.start_us = strtoll(PQgetvalue(rows, row, 6), NULL, 10),
		.end_us = strtoll(PQgetvalue(rows, row, 7), NULL, 10),
		.error = failed ? PQgetvalue(rows, row, SPANS_ERROR_COLUMN) : NULL,
		.attributes = {
			{"portarium.run.id", PQgetvalue(rows, row, 9), 0},
			{"portarium.action.id", PQgetvalue(rows, row, 10), 0},
		},
	};

	return PQgetisnull(rows, row, 2) || otlp_span(&span, out);
}

/* Moves the cursor of each tenant behind its last row. */
static bool
spans_commit(Spans *spans, const PGresult *rows)
{
	for (int row = 0; row < PQntuples(rows); row++)
	{
		FeedEvent	event = feed_event(rows, row);
		bool		last = row + 1 == PQntuples(rows) ||
			strcmp(event.tenant_id, feed_event(rows, row + 1).tenant_id) != 0;

		if (last && !feed_commit(&spans->session, SPANS_SINK, &event))
			return false;
	}
	return true;
}

/* True when there may be more at once. */
static bool
spans_round(Spans *spans)
{
	PGresult   *rows;
	Buf			text;
	bool		ok = true;
	bool		any;

	if (!session_ready(&spans->session) ||
		(rows = feed_spans(&spans->session, SPANS_SINK, SPANS_BATCH)) == NULL)
		return false;
	any = PQntuples(rows) > 0;
	buf_init(&text, EXPORTER_TEXT_MAX);
	for (int row = 0; ok && row < PQntuples(rows); row++)
		ok = spans_write(rows, row, &text);
	ok = ok && (text.len == 0 || exporter_send_now(&text)) && spans_commit(spans, rows);
	buf_free(&text);
	PQclear(rows);
	return ok && any;
}

static void *
spans_main(void *argument)
{
	Spans	   *spans = argument;
	struct pollfd stop = {.fd = spans->stop_fd, .events = POLLIN};
	bool		more;

	do
		more = spans_round(spans);
	while (poll(&stop, 1, more ? 0 : spans->interval_ms) <= 0);
	return NULL;
}

Spans *
spans_start(const PgTarget *target, int interval_ms, Failure *failure)
{
	Spans	   *spans = calloc(1, sizeof(*spans));
	int			error = ENOMEM;

	if (spans != NULL)
	{
		session_init(&spans->session, target, "spans");
		spans->interval_ms = interval_ms;
		spans->stop_fd = eventfd(0, EFD_CLOEXEC);
		error = spans->stop_fd < 0 ? errno :
			pthread_create(&spans->thread, NULL, spans_main, spans);
	}
	if (error == 0)
		return spans;
	failure_set(failure, "could not start the reading of spans: %s", strerror(error));
	if (spans != NULL && spans->stop_fd >= 0)
		(void) close(spans->stop_fd);
	free(spans);
	return NULL;
}

void
spans_stop(Spans *spans)
{
	if (spans == NULL)
		return;
	(void) eventfd_write(spans->stop_fd, 1);
	(void) pthread_join(spans->thread, NULL);
	session_close(&spans->session);
	(void) close(spans->stop_fd);
	free(spans);
}
