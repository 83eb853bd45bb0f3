/*
 * feed.c: reading events and moving the cursor.
 *
 * All SQL text about events is here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/feed.h"

#include <stdio.h>

PGresult *
feed_read(Session *session, const char *sink, int max_rows)
{
	char		number[16];
	const char *params[] = {sink, number};

	(void) snprintf(number, sizeof(number), "%d", max_rows);
	return session_call(session, "select idx, tenant_id, event from portarium.relay_batch($1, $2)",
						2, params);
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
