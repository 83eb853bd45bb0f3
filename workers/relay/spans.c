/*
 * spans.c: the spans of runs and states, which the database works out of its entries.
 *
 * The cursor moves when the collector has taken what was read, or there is none.  When it did not
 * take it, the same spans come again.  Durations are counted from the same rows, so a row that
 * comes again is counted again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/spans.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/exporter.h"
#include "relay/feed.h"
#include "relay/relay_metrics.h"

#define SPANS_SINK "spans"
#define SPANS_BATCH 500
#define SPANS_LEVELS_MS 5000	/* how often the database's levels are read */

typedef enum SpansColumn
{
	SPANS_TRACE = 2,
	SPANS_SPAN,
	SPANS_PARENT,
	SPANS_WHAT,
	SPANS_SUBJECT,
	SPANS_OUTCOME,
	SPANS_START,
	SPANS_END,
	SPANS_ERROR,
	SPANS_RUN,
	SPANS_ACTION,
	SPANS_STATE
} SpansColumn;

struct Spans
{
	pthread_t	thread;
	int			stop_fd;
	int			interval_ms;
	int64_t		levels_ms;		/* when the levels are read next */
	Session		session;
};

static int64_t
spans_us(const PGresult *rows, int row, SpansColumn column)
{
	return strtoll(PQgetvalue(rows, row, column), NULL, 10);
}

/* A row that ended something: measured, and written when it is traced and somebody takes spans. */
static bool
spans_write(const PGresult *rows, int row, Buf *out, int *count)
{
	char		name[160];
	OtlpSpan	span = {
		.name = name,
		.trace_id = PQgetvalue(rows, row, SPANS_TRACE),
		.span_id = PQgetvalue(rows, row, SPANS_SPAN),
		.parent_id = PQgetvalue(rows, row, SPANS_PARENT),
		.kind = OTLP_INTERNAL,
		.start_us = spans_us(rows, row, SPANS_START),
		.end_us = spans_us(rows, row, SPANS_END),
		.state = PQgetvalue(rows, row, SPANS_STATE),
		.error = PQgetisnull(rows, row, SPANS_ERROR) ? NULL : PQgetvalue(rows, row, SPANS_ERROR),
		.attributes = {
			{"portarium.run.id", PQgetvalue(rows, row, SPANS_RUN), 0},
			{"portarium.outcome", PQgetvalue(rows, row, SPANS_OUTCOME), 0},
			{"portarium.action.id", PQgetvalue(rows, row, SPANS_ACTION), 0},
		},
	};

	if (PQgetisnull(rows, row, SPANS_WHAT))
		return true;
	relay_metrics_ended(feed_event(rows, row).tenant_id, PQgetvalue(rows, row, SPANS_WHAT),
						PQgetvalue(rows, row, SPANS_OUTCOME), span.end_us - span.start_us);
	if (PQgetisnull(rows, row, SPANS_TRACE) || !exporter_is_on())
		return true;
	(void) snprintf(name, sizeof(name), "%s %s", PQgetvalue(rows, row, SPANS_WHAT),
					PQgetvalue(rows, row, SPANS_SUBJECT));
	(*count)++;
	return exporter_write(&span, out);
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

/*
 * True when a tenant gave as many entries as are shared out to each, so that there may be more at once.
 * Otherwise what comes next is let gather: many small readings would cost the database far more.
 */
static bool
spans_are_more(const PGresult *rows)
{
	int			tenants = 0;
	int			entries = 0;
	int			most = 0;
	FeedEvent	last = {"", "", ""};

	for (int row = 0; row < PQntuples(rows); row++)
	{
		FeedEvent	event = feed_event(rows, row);
		bool		other = strcmp(event.tenant_id, last.tenant_id) != 0;

		if (other)
			tenants++;
		if (other || strcmp(event.idx, last.idx) != 0)
			entries = other ? 1 : entries + 1;
		if (entries > most)
			most = entries;
		last = event;
	}
	return tenants > 0 && most >= SPANS_BATCH / tenants;
}

/* Now and then, the database's levels. */
static void
spans_levels(Spans *spans)
{
	PGresult   *rows;

	if (clock_ms() < spans->levels_ms)
		return;
	spans->levels_ms = clock_ms() + SPANS_LEVELS_MS;
	rows = feed_levels(&spans->session);
	for (int row = 0; row < PQntuples(rows); row++)
		relay_metrics_level(PQgetvalue(rows, row, 0), spans_us(rows, row, 1));
	PQclear(rows);
}

/* True when there may be more at once. */
static bool
spans_round(Spans *spans)
{
	PGresult   *rows;
	Buf			text;
	int			count = 0;
	bool		ok = true;
	bool		more;

	if (!session_ready(&spans->session))
		return false;
	spans_levels(spans);
	if (spans->session.conn == NULL ||
		(rows = feed_spans(&spans->session, SPANS_SINK, SPANS_BATCH)) == NULL)
		return false;
	more = spans_are_more(rows);
	buf_init(&text, EXPORTER_TEXT_MAX);
	for (int row = 0; ok && row < PQntuples(rows); row++)
		ok = spans_write(rows, row, &text, &count);
	ok = ok && (text.len == 0 || exporter_send_now(&text, count)) && spans_commit(spans, rows);
	buf_free(&text);
	PQclear(rows);
	return ok && more;
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
