/*
 * feed.c: reading events and moving the cursor.
 *
 * All SQL text about events is here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/feed.h"

#include <stdio.h>

static PGresult *
feed_ask(Session *session, const char *sql, const char *sink, int max_rows)
{
	char		number[16];
	const char *params[] = {sink, number};

	(void) snprintf(number, sizeof(number), "%d", max_rows);
	return session_call(session, sql, 2, params);
}

PGresult *
feed_read(Session *session, const char *sink, int max_rows)
{
	return feed_ask(session, "select idx, tenant_id, event from portarium.relay_batch($1, $2)",
					sink, max_rows);
}

PGresult *
feed_spans(Session *session, const char *sink, int max_rows)
{
	return feed_ask(session, "select idx, tenant_id, trace_id, span_id, parent_id, what, subject,"
					" outcome, start_us, end_us, error, run_id, action_id, trace_state"
					" from portarium.relay_spans($1, $2)",
					sink, max_rows);
}

PGresult *
feed_levels(Session *session)
{
	return session_call(session, "select name, value from portarium.relay_gauges()", 0, NULL);
}

FeedEvent
feed_event(const PGresult *batch, int row)
{
	return (FeedEvent) {
		PQgetvalue(batch, row, 0), PQgetvalue(batch, row, 1), PQgetvalue(batch, row, 2)
	};
}

bool
feed_commit(Session *session, const char *sink, const FeedEvent *event)
{
	const char *params[] = {sink, event->tenant_id, event->idx};
	PGresult   *result;

	result = session_call(session, "select portarium.relay_commit($1, $2, $3)", 3, params);
	PQclear(result);
	return result != NULL;
}
