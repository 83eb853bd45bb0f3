/*
 * call.c: the SQL of contexts and functions.  That of views is in call_view.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "call.h"

#include "jsonscan.h"
#include "pgtext.h"

const char	call_setup[] =
	"select pg_catalog.set_config('default_transaction_read_only', $1, false),"
	" pg_catalog.set_config('statement_timeout', $2, false),"
	" pg_catalog.set_config('lock_timeout', '1s', false),"
	" pg_catalog.set_config('idle_in_transaction_session_timeout', '5s', false),"
	" pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)";

const char	call_context[] =
	"select pg_catalog.set_config('portarium.ctx', $1, true),"
	" pg_catalog.set_config('portarium.traceparent', $2, true)";

void
call_catalog(Statement *statement)
{
	statement_text(statement, "select portarium.api_catalog()::text");
}

void
call_route(Statement *statement, const char *tenant)
{
	statement_text(statement, "select r.database, r.tier = 'C', r.epoch from portarium.route(");
	statement_value(statement, span_of(tenant));
	statement_text(statement, "::uuid) r");
}

static bool
refuse(Failure *failure, const CatalogArgument *argument, const char *why)
{
	failure_set_sqlstate(failure, "UP007", "argument \"%s\" of type %s %s", argument->name,
						 argument->type, why);
	return false;
}

/* A query string gives text; for JSON arguments that text has to be JSON. */
static bool
append_text(Statement *statement, const CatalogArgument *argument, Span text, Failure *failure)
{
	if (argument->shape == SHAPE_JSON && !jsonscan_check(text, failure))
		return false;
	statement_value(statement, text);
	return true;
}

static bool
append_json(Statement *statement, const CatalogArgument *argument, Span json, Failure *failure)
{
	Buf		   *out;
	PgTextResult result;

	if (*json.at == 'n' && argument->shape != SHAPE_JSON)
	{
		statement_null(statement);
		return true;
	}
	out = statement_open(statement);
	result = pgtext_json(argument->shape, json, out);
	statement_close(statement, result != PGTEXT_TOO_LONG);
	return result != PGTEXT_REFUSED || refuse(failure, argument, "has a value of another kind");
}

static bool
append_arguments(Statement *statement, const CatalogFunction *function,
				 const Arguments *arguments, Failure *failure)
{
	for (int i = 0; i < arguments->count; i++)
	{
		const Argument *given = &arguments->given[i];
		const CatalogArgument *argument =
			&function->arguments[catalog_argument(function, given->name)];

		statement_text(statement, i == 0 ? "" : ", ");
		statement_name(statement, argument->name);
		statement_text(statement, " => ");
		if (!(given->json ? append_json : append_text) (statement, argument, given->value, failure))
			return false;
		statement_text(statement, "::");
		statement_text(statement, argument->type);
	}
	return true;
}

bool
call_function(Statement *statement, const CatalogFunction *function, const Arguments *arguments,
			  Failure *failure)
{
	/* a whole row becomes an object, a scalar itself; in a set, either becomes an element */
	statement_text(statement, CALL_BODY " from (select ");
	statement_text(statement, function->returns_void ? "null::text" :
				   function->returns_set ? "coalesce(pg_catalog.json_agg(r), '[]')::text" :
				   "coalesce(pg_catalog.to_json(r), 'null')::text");
	statement_text(statement, " as body from portarium.");
	statement_name(statement, function->name);
	statement_text(statement, "(");
	if (!append_arguments(statement, function, arguments, failure))
		return false;
	/* offset 0 keeps the body from being made once for its length and once for itself */
	statement_text(statement, ") r offset 0) p");
	return true;
}

void
call_events(Statement *statement, Span after)
{
	statement_text(statement,
				   "select coalesce(pg_catalog.string_agg('id: ' || e.position || E'\\nevent: '"
				   " || (e.event ->> 'type') || E'\\ndata: ' || e.event::text || E'\\n\\n', ''"
				   " order by e.n), ''),"
				   " coalesce((pg_catalog.array_agg(e.position order by e.n desc))[1], s.after),"
				   " pg_catalog.count(e.n) = " CALL_TEXT(LIMIT_STREAM_EVENTS)
				   " from (select case a.given when 'now' then portarium.events_end() else a.given end"
				   " from (values (");
	statement_value(statement, after);
	statement_text(statement,
				   "::text)) a (given) offset 0) s (after)"
				   " left join lateral portarium.events(s.after, " CALL_TEXT(LIMIT_STREAM_EVENTS) ")"
				   " with ordinality e (position, event, n) on true group by s.after");
}
