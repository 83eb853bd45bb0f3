/*
 * session.h: a database connection that comes back by itself.
 *
 * session_ready connects when there is no connection; after a failure it refuses until the growing
 * delay is over.  A call that lost the connection closes it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SESSION_H
#define RELAY_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/backoff.h"
#include "common/pgconn.h"

typedef struct Session
{
	const PgTarget *target;
	const char *purpose;		/* for the log */
	PGconn	   *conn;
	Backoff		backoff;
	int64_t		retry_ms;		/* no attempt before */
} Session;

extern void session_init(Session *session, const PgTarget *target, const char *purpose);
extern void session_close(Session *session);

/* True when connected. */
extern bool session_ready(Session *session) MUST_CHECK;

/* Like pgconn_call; says in the log why it failed.  NULL: nothing is known of its effect. */
extern PGresult *session_call(Session *session, const char *sql, int n_params,
							  const char *const *params) MUST_CHECK;

#endif							/* RELAY_SESSION_H */
