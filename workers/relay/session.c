/*
 * session.c: a database connection that comes back by itself.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/session.h"

#include "common/clock.h"
#include "common/log.h"

#define SESSION_FIRST_RETRY_MS 200
#define SESSION_LAST_RETRY_MS 10000

void
session_init(Session *session, const PgTarget *target, const char *purpose)
{
	*session = (Session) {.target = target, .purpose = purpose};
	backoff_init(&session->backoff, SESSION_FIRST_RETRY_MS, SESSION_LAST_RETRY_MS);
}

void
session_close(Session *session)
{
	PQfinish(session->conn);
	session->conn = NULL;
}

static void
session_failed(Session *session, const char *message, const Failure *failure)
{
	int			delay_ms = backoff_next(&session->backoff);

	session->retry_ms = clock_ms() + delay_ms;
	log_warn(message, log_text("purpose", session->purpose),
			 log_text("sqlstate", failure->sqlstate), log_said("reason", failure->message),
			 log_number("retry_ms", delay_ms));
}

bool
session_ready(Session *session)
{
	Failure		failure;

	if (clock_ms() < session->retry_ms)
		return false;
	if (session->conn != NULL)
		return true;
	session->conn = pgconn_open(session->target, &failure);
	if (session->conn == NULL)
		session_failed(session, "could not connect to the database", &failure);
	return session->conn != NULL;
}

PGresult *
session_call(Session *session, const char *sql, int n_params, const char *const *params)
{
	Failure		failure;
	PGresult   *result = pgconn_call(session->conn, sql, n_params, params, &failure);

	if (result != NULL)
	{
		backoff_reset(&session->backoff);
		return result;
	}
	session_failed(session, "the database refused a call", &failure);
	if (PQstatus(session->conn) != CONNECTION_OK)
		session_close(session);
	return NULL;
}
