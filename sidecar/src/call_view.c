/*
 * call_view.c: the SQL of a page of a view.
 *
 *     select p.body, p.rows, p.total from (
 *         select coalesce(json_agg(t), '[]')::text as body, count(*)::text as rows, null as total
 *         from (select "a", "b" as "c" from portarium."view" where … order by … limit $n offset $m) t) p
 *
 * A value is always cast to the column's type, as the catalogue names it, so that the text of a
 * statement depends on its form only and its plan is found again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "call.h"

#include <inttypes.h>
#include <stdio.h>

#include "pgtext.h"

static void
append_items(Statement *statement, const Read *read)
{
	char		alias[64];

	if (read->item_count == 0)
		statement_text(statement, "*");
	for (int i = 0; i < read->item_count; i++)
	{
		const ReadItem *item = &read->items[i];

		statement_text(statement, i == 0 ? "" : ", ");
		statement_name(statement, item->column->name);
		if (item->alias.at == NULL)
			continue;
		/* letters, digits and underscores only: read.c has seen to that */
		snprintf(alias, sizeof(alias), "%.*s", (int) item->alias.len, item->alias.at);
		statement_text(statement, " as ");
		statement_name(statement, alias);
	}
}

static void
append_cast(Statement *statement, const CatalogColumn *column)
{
	statement_text(statement, "::");
	statement_text(statement, column->type);
}

/* * is an alias of %, because % has to be written %25 in a URL. */
static void
append_pattern(Statement *statement, Span pattern)
{
	Buf		   *out = statement_open(statement);
	bool		fine = true;

	for (size_t i = 0; fine && i < pattern.len; i++)
		fine = buf_append(out, pattern.at[i] == '*' ? "%" : pattern.at + i, 1);
	statement_close(statement, fine);
}

static void
append_in(Statement *statement, const Read *read, const FilterNode *node,
		  const CatalogColumn *column)
{
	Buf		   *out;

	statement_text(statement, " = any (");
	out = statement_open(statement);
	statement_close(statement, pgtext_array(read->filter.values + node->first_value,
											node->value_count, out));
	append_cast(statement, column);
	statement_text(statement, "[])");
}

static void
append_is(Statement *statement, Span word)
{
	static const struct
	{
		const char *word;
		const char *sql;
	}			tests[] = {
		{"null", " is null"}, {"not_null", " is not null"}, {"true", " is true"},
		{"false", " is false"}, {"unknown", " is unknown"},
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (span_is(word, tests[i].word))
			statement_text(statement, tests[i].sql);
}

static void
append_condition(Statement *statement, const Read *read, int at)
{
	static const char *const signs[] = {
		[FILTER_EQ] = " = ", [FILTER_NEQ] = " <> ", [FILTER_GT] = " > ", [FILTER_GTE] = " >= ",
		[FILTER_LT] = " < ", [FILTER_LTE] = " <= ",
		[FILTER_LIKE] = "::text like ", [FILTER_ILIKE] = "::text ilike ",
	};
	const FilterNode *node = &read->filter.nodes[at];
	const CatalogColumn *column = read->columns[at];

	statement_name(statement, column->name);
	if (node->kind == FILTER_IN)
		append_in(statement, read, node, column);
	else if (node->kind == FILTER_IS)
		append_is(statement, node->value);
	else
	{
		statement_text(statement, signs[node->kind]);
		if (node->kind == FILTER_LIKE || node->kind == FILTER_ILIKE)
			append_pattern(statement, node->value);
		else
		{
			statement_value(statement, node->value);
			append_cast(statement, column);
		}
	}
}

/* The nodes from `at` up to `end`, joined. */
static void
append_nodes(Statement *statement, const Read *read, int at, int end, const char *joint)
{
	for (int first = at; at < end; at += read->filter.nodes[at].size)
	{
		const FilterNode *node = &read->filter.nodes[at];
		bool		group = node->kind == FILTER_AND || node->kind == FILTER_OR;

		statement_text(statement, at == first ? "" : joint);
		statement_text(statement, node->negated ? "not (" : "(");
		if (group)
			append_nodes(statement, read, at + 1, at + node->size,
						 node->kind == FILTER_OR ? " or " : " and ");
		else
			append_condition(statement, read, at);
		statement_text(statement, ")");
	}
}

static void
append_from(Statement *statement, const Read *read)
{
	statement_text(statement, " from portarium.");
	statement_name(statement, read->view->name);
	if (read->filter.node_count > 0)
	{
		statement_text(statement, " where ");
		append_nodes(statement, read, 0, read->filter.node_count, " and ");
	}
}

static void
append_order(Statement *statement, const Read *read)
{
	for (int i = 0; i < read->order_count; i++)
	{
		const ReadOrder *order = &read->orders[i];

		statement_text(statement, i == 0 ? " order by " : ", ");
		statement_name(statement, order->column->name);
		statement_text(statement, order->descending ? " desc" : "");
		statement_text(statement, order->nulls < 0 ? " nulls first" :
					   order->nulls > 0 ? " nulls last" : "");
	}
}

static void
append_number(Statement *statement, const char *keyword, int64_t number)
{
	char		text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	statement_text(statement, keyword);
	statement_value(statement, span_of(text));
	statement_text(statement, "::bigint");
}

void
call_view(Statement *statement, const Read *read)
{
	statement_text(statement, CALL_BODY ", p.rows, p.total from ("
				   "select coalesce(pg_catalog.json_agg(t), '[]')::text as body,"
				   " pg_catalog.count(*)::text as rows, ");
	if (read->count)
	{
		statement_text(statement, "(select pg_catalog.count(*)::text");
		append_from(statement, read);
		statement_text(statement, ")");
	}
	else
		statement_text(statement, "null");
	statement_text(statement, " as total from (select ");
	append_items(statement, read);
	append_from(statement, read);
	append_order(statement, read);
	append_number(statement, " limit ", read->limit);
	append_number(statement, " offset ", read->offset);
	statement_text(statement, ") t) p");
}
