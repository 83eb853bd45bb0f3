/*
 * feed.h: reading events and moving the cursor.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_FEED_H
#define RELAY_FEED_H

#include <stdbool.h>

#include "relay/session.h"

/* One event of a batch; the strings belong to the result. */
typedef struct FeedEvent
{
	const char *idx;
	const char *tenant_id;
	const char *json;
} FeedEvent;

/* The next events of a sink, tenant by tenant; NULL when that failed. */
extern PGresult *feed_read(Session *session, const char *sink, int max_rows) MUST_CHECK;
/* The same for spans: idx, tenant_id, then what portarium.relay_spans gives. */
extern PGresult *feed_spans(Session *session, const char *sink, int max_rows) MUST_CHECK;
/* The database's levels: name, value. */
extern PGresult *feed_levels(Session *session) MUST_CHECK;
extern FeedEvent feed_event(const PGresult *batch, int row);

/* Says that everything up to this event was delivered. */
extern bool feed_commit(Session *session, const char *sink, const FeedEvent *event) MUST_CHECK;

#endif							/* RELAY_FEED_H */
