/*
 * read.c: what a client wants to read from a view.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "read.h"

#include <ctype.h>
#include <stdint.h>

#define ALIAS_MAX 63

static bool
refuse(Failure *failure, const char *what, Span culprit)
{
	failure_set_sqlstate(failure, "UP007", "%s \"%.*s\"", what,
						 (int) (culprit.len > 64 ? 64 : culprit.len), culprit.at);
	return false;
}

static const CatalogColumn *
find_column(const Read *read, Span name, Failure *failure)
{
	const CatalogColumn *column = catalog_column(read->view, name);

	if (column == NULL)
		failure_set_sqlstate(failure, "42703", "column \"%.*s\" does not exist in view \"%s\"",
							 (int) (name.len > 64 ? 64 : name.len), name.at, read->view->name);
	return column;
}

static bool
is_alias(Span alias)
{
	if (alias.len == 0 || alias.len > ALIAS_MAX)
		return false;
	for (size_t i = 0; i < alias.len; i++)
		if (!isalnum((unsigned char) alias.at[i]) && alias.at[i] != '_')
			return false;
	return true;
}

/* [alias:]column, or * for all */
static bool
parse_item(Read *read, Span item, Failure *failure)
{
	Span		rest = item;
	Span		alias = span_cut(&rest, ':');
	ReadItem   *out = &read->items[read->item_count];

	if (read->item_count == LIMIT_SELECT)
	{
		failure_set_sqlstate(failure, "UP005", "select names more than %d columns", LIMIT_SELECT);
		return false;
	}
	*out = (ReadItem) {NULL, {NULL, 0}};
	if (memchr(item.at, ':', item.len) != NULL)
	{
		if (!is_alias(alias))
			return refuse(failure, "select has a malformed alias", alias);
		out->alias = alias;
	}
	else
		rest = item;
	out->column = find_column(read, rest, failure);
	read->item_count++;
	return out->column != NULL;
}

static bool
parse_select(Read *read, Span list, Failure *failure)
{
	if (span_is(list, "*"))
		return true;
	while (list.len > 0)
		if (!parse_item(read, span_cut(&list, ','), failure))
			return false;
	return true;
}

/* column[.asc|.desc][.nullsfirst|.nullslast] */
static bool
parse_order_item(Read *read, Span item, Failure *failure)
{
	Span		rest = item;
	Span		name = span_cut(&rest, '.');
	ReadOrder  *out = &read->orders[read->order_count];

	if (read->order_count == LIMIT_ORDER)
	{
		failure_set_sqlstate(failure, "UP005", "order names more than %d columns", LIMIT_ORDER);
		return false;
	}
	*out = (ReadOrder) {find_column(read, name, failure), false, 0};
	if (out->column == NULL)
		return false;
	if (out->column->shape == SHAPE_JSON || out->column->shape == SHAPE_JSON_ARRAY)
		return refuse(failure, "rows cannot be ordered by the JSON column", name);
	read->order_count++;
	while (rest.len > 0)
	{
		Span		word = span_cut(&rest, '.');

		if (span_is(word, "desc"))
			out->descending = true;
		else if (span_is(word, "nullsfirst"))
			out->nulls = -1;
		else if (span_is(word, "nullslast"))
			out->nulls = 1;
		else if (!span_is(word, "asc"))
			return refuse(failure, "order has a malformed item", item);
	}
	return true;
}

static bool
parse_order(Read *read, Span list, Failure *failure)
{
	while (list.len > 0)
		if (!parse_order_item(read, span_cut(&list, ','), failure))
			return false;
	return true;
}

static bool
parse_number(Span text, int64_t max, int64_t *number)
{
	*number = 0;
	if (text.len == 0 || text.len > 18)
		return false;
	for (size_t i = 0; i < text.len; i++)
	{
		if (!isdigit((unsigned char) text.at[i]))
			return false;
		*number = *number * 10 + (text.at[i] - '0');
	}
	return *number <= max;
}

/* A limit past the maximum of a page means that maximum. */
static bool
parse_limit(Read *read, Span text, Failure *failure)
{
	int64_t		number;

	if (!parse_number(text, INT64_MAX, &number))
		return refuse(failure, "limit is not a number of rows:", text);
	read->limit = number > LIMIT_ROWS ? LIMIT_ROWS : (int) number;
	return true;
}

/* Conditions on JSON columns would be predicates over payloads: only null tests are taken. */
static bool
resolve_filter(Read *read, Failure *failure)
{
	for (int i = 0; i < read->filter.node_count; i++)
	{
		const FilterNode *node = &read->filter.nodes[i];
		const CatalogColumn *column;

		if (node->kind == FILTER_AND || node->kind == FILTER_OR)
			continue;
		column = find_column(read, node->column, failure);
		if (column == NULL)
			return false;
		if (column->shape != SHAPE_SCALAR && node->kind != FILTER_IS)
			return refuse(failure, "only is.null and is.not_null filter the column", node->column);
		if (node->kind == FILTER_IS && strcmp(column->type, "boolean") != 0 &&
			!span_is(node->value, "null") && !span_is(node->value, "not_null"))
			return refuse(failure, "this use of is needs a boolean column, not", node->column);
		read->columns[i] = column;
	}
	return true;
}

static bool
parse_parameter(Read *read, const UrlParameter *parameter, Failure *failure)
{
	Span		value = parameter->value;

	if (span_is(parameter->name, "select"))
		return parse_select(read, value, failure);
	if (span_is(parameter->name, "order"))
		return parse_order(read, value, failure);
	if (span_is(parameter->name, "limit"))
		return parse_limit(read, value, failure);
	if (span_is(parameter->name, "offset"))
		return parse_number(value, INT64_MAX, &read->offset) ||
			refuse(failure, "offset is not a number of rows:", value);
	/* the Url owns its text and lives longer than the filter */
	return filter_add(&read->filter, parameter->name, (char *) value.at, value.len, failure);
}

bool
read_parse(Read *read, const CatalogView *view, Url *url, Failure *failure)
{
	read->view = view;
	read->item_count = read->order_count = 0;
	read->limit = LIMIT_ROWS;
	read->offset = 0;
	read->count = false;
	filter_init(&read->filter);
	for (size_t i = 0; i < url->parameter_count; i++)
		if (!parse_parameter(read, &url->parameters[i], failure))
			return false;
	return resolve_filter(read, failure);
}
