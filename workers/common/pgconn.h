/*
 * pgconn.h: connections to PostgreSQL as every daemon makes them.
 *
 * The target is a conninfo string ("service=portarium", "host=… dbname=…", a URI); the password
 * comes apart from it, from a secret file.  Connections use keepalives, UTF-8 and the daemon's name
 * as application_name.  The functions here block; a daemon with other work to do starts a
 * connection with pgconn_start and drives libpq itself.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_PGCONN_H
#define COMMON_PGCONN_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "common/failure.h"

/* The strings belong to the caller and must stay valid while they are used. */
typedef struct PgTarget
{
	const char *conninfo;
	const char *password;		/* NULL: from the conninfo, or none */
	const char *application;
	const char *database;		/* NULL: the conninfo's */
} PgTarget;

/* One blocking attempt; NULL with the reason in failure. */
extern PGconn *pgconn_open(const PgTarget *target, Failure *failure) MUST_CHECK;

/* Begins an attempt without blocking (PQconnectStartParams); NULL only when out of memory. */
extern PGconn *pgconn_start(const PgTarget *target) MUST_CHECK;

/*
 * Runs one statement with text parameters (NULL = null) and text results.  Returns its result
 * (PGRES_COMMAND_OK or PGRES_TUPLES_OK), to be cleared by the caller, or NULL with the SQLSTATE
 * and the message in failure.  SQLSTATE 08006 stands for a lost connection.
 */
extern PGresult *pgconn_call(PGconn *conn, const char *sql, int n_params,
							 const char *const *params, Failure *failure) MUST_CHECK;

/* True when the result is a success; else fills failure.  Does not clear the result. */
extern bool pgconn_check(PGconn *conn, const PGresult *result, Failure *failure) MUST_CHECK;

/*
 * libpq's words on a connection, as one line, cut where out ends.  What they quote of a conninfo that
 * cannot be used is left out: a password with a wrong sign in it would be there.
 */
extern void pgconn_reason(const char *said, char *out, size_t size);

/* True when the same call may succeed later: connection lost, server stopping, serialization. */
extern bool pgconn_transient(const Failure *failure);

#endif							/* COMMON_PGCONN_H */
