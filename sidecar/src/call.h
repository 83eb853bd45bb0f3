/*
 * call.h: every SQL text of the program.
 *
 * Identifiers come from the catalogue, values become parameters; there is no other way in.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_CALL_H
#define SIDECAR_CALL_H

#include "arguments.h"
#include "common/failure.h"
#include "read.h"
#include "statement.h"

/* Once on each connection; $1 read only (on, off), $2 statement_timeout in milliseconds. */
extern const char call_setup[];

/* Before each call, in its batch; $1 the context token, $2 the traceparent or ''. */
extern const char call_context[];

/* The catalogue as one text. */
extern void call_catalog(Statement *statement);

/*
 * Where a tenant given as 32 hex digits lives.  One row: the database, whether it is the tenant's
 * own, the epoch.
 */
extern void call_route(Statement *statement, const char *tenant);

/*
 * A function with its arguments.  One row, one text: the JSON of what it returns, null when it
 * returns nothing or when that is larger than LIMIT_RESPONSE, which never leaves the server then.
 * UP007 when a value does not fit its argument.
 */
extern bool call_function(Statement *statement, const CatalogFunction *function,
						  const Arguments *arguments, Failure *failure) MUST_CHECK;

/*
 * A page of a view.  One row: a JSON array (null when it is larger than LIMIT_RESPONSE), the number
 * of rows in it, and the total or null when it is not asked for.
 */
extern void call_view(Statement *statement, const Read *read);

/*
 * A page of the tenant's events behind a position, as the text of an event stream.  One row: the
 * text, the position to go on behind, and whether there may be more already.
 */
extern void call_events(Statement *statement, Span after);

/* The beginning of a statement whose p.body is left out when it is too large. */
#define CALL_TEXT_OF(number) #number
#define CALL_TEXT(macro) CALL_TEXT_OF(macro)
#define CALL_BODY \
	"select case when pg_catalog.octet_length(p.body) <= " CALL_TEXT(LIMIT_RESPONSE) " then p.body end"

#endif							/* SIDECAR_CALL_H */
