/*
 * pgconn.c: connections to PostgreSQL as every daemon makes them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/pgconn.h"

#include <stdio.h>
#include <string.h>

#define PGCONN_LOST "08006"

/* Keepalives find a silent peer within about a minute; tcp_user_timeout bounds unsent data. */
#define PGCONN_KEYWORDS 11

typedef struct PgKeywords
{
	const char *names[PGCONN_KEYWORDS];
	const char *values[PGCONN_KEYWORDS];
} PgKeywords;

/* Defaults first, then the conninfo, which may override them, then what is ours alone. */
static void
pgconn_keywords(const PgTarget *target, PgKeywords *keywords)
{
	const PgKeywords filled = {
		{"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
			"connect_timeout", "fallback_application_name", "dbname", "client_encoding"},
		{"30", "10", "3", "60000", "5", target->application, target->conninfo, "UTF8"},
	};
	int			n = PGCONN_KEYWORDS - 3;

	*keywords = filled;
	if (target->database != NULL)
	{
		/* only the first dbname may be a conninfo; a second one is a name and wins */
		keywords->names[n] = "dbname";
		keywords->values[n++] = target->database;
	}
	if (target->password != NULL)
	{
		keywords->names[n] = "password";
		keywords->values[n] = target->password;
	}
}

/* libpq ends its messages with a line end and may use several lines. */
static void
pgconn_one_line(char *text)
{
	for (char *c = text; *c != '\0'; c++)
	{
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	}
	for (size_t len = strlen(text); len > 0 && text[len - 1] == ' '; len--)
		text[len - 1] = '\0';
}

static void
pgconn_message(Failure *failure, const char *sqlstate, const char *text)
{
	failure_set_sqlstate(failure, sqlstate, "%s", text);
	pgconn_one_line(failure->message);
}

void
pgconn_reason(const char *said, char *out, size_t size)
{
	static const char by_server[] = "connection to server";

	if (strncmp(said, by_server, sizeof(by_server) - 1) == 0)
		(void) snprintf(out, size, "%s", said);
	else
		failure_unquote(said, out, size);
	pgconn_one_line(out);
}

PGconn *
pgconn_start(const PgTarget *target)
{
	PgKeywords	keywords;

	pgconn_keywords(target, &keywords);
	return PQconnectStartParams(keywords.names, keywords.values, 1);
}

PGconn *
pgconn_open(const PgTarget *target, Failure *failure)
{
	PgKeywords	keywords;
	PGconn	   *conn;

	pgconn_keywords(target, &keywords);
	conn = PQconnectdbParams(keywords.names, keywords.values, 1);
	if (conn == NULL || PQstatus(conn) != CONNECTION_OK)
	{
		failure_set_sqlstate(failure, PGCONN_LOST, "%s", "");
		pgconn_reason(conn != NULL ? PQerrorMessage(conn) : "out of memory", failure->message,
					  sizeof(failure->message));
		PQfinish(conn);
		return NULL;
	}
	return conn;
}

bool
pgconn_check(PGconn *conn, const PGresult *result, Failure *failure)
{
	ExecStatusType status = PQresultStatus(result);
	const char *sqlstate;
	const char *message;

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return true;

	sqlstate = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	message = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	if (message == NULL)
		message = PQerrorMessage(conn);
	pgconn_message(failure, sqlstate != NULL ? sqlstate : PGCONN_LOST, message);
	return false;
}

PGresult *
pgconn_call(PGconn *conn, const char *sql, int n_params, const char *const *params,
			Failure *failure)
{
	PGresult   *result = PQexecParams(conn, sql, n_params, NULL, params, NULL, NULL, 0);

	if (pgconn_check(conn, result, failure))
		return result;
	PQclear(result);
	return NULL;
}

bool
pgconn_transient(const Failure *failure)
{
	static const char *const classes[] = {"08", "40", "53", "55", "57", "58"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
	{
		if (strncmp(failure->sqlstate, classes[i], 2) == 0)
			return true;
	}
	return false;
}
