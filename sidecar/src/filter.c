/*
 * filter.c: the grammar of a view's query parameters.
 *
 * A cursor moves over the text; groups nest at most LIMIT_FILTER_DEPTH deep, so the recursion is
 * bounded.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "filter.h"

typedef struct Cursor
{
	Filter	   *filter;
	char	   *at;
	char	   *end;
	bool		listed;			/* inside a group: a value ends at , or ) */
	Failure    *failure;
} Cursor;

static const struct
{
	const char *name;
	FilterKind	kind;
}			operators[] = {
	{"eq", FILTER_EQ}, {"neq", FILTER_NEQ}, {"gt", FILTER_GT}, {"gte", FILTER_GTE},
	{"lt", FILTER_LT}, {"lte", FILTER_LTE}, {"like", FILTER_LIKE}, {"ilike", FILTER_ILIKE},
	{"in", FILTER_IN}, {"is", FILTER_IS},
};

#define OPERATORS (sizeof(operators) / sizeof(operators[0]))

static bool parse_group(Cursor *cursor, FilterKind kind, bool negated, int depth);

static bool
refuse(Cursor *cursor, const char *what)
{
	failure_set_sqlstate(cursor->failure, "UP007", "malformed filter: %s", what);
	return false;
}

static bool
too_large(Cursor *cursor, const char *what)
{
	failure_set_sqlstate(cursor->failure, "UP005", "filter is too large: %s", what);
	return false;
}

static bool
take(Cursor *cursor, const char *text)
{
	size_t		len = strlen(text);

	if ((size_t) (cursor->end - cursor->at) < len || memcmp(cursor->at, text, len) != 0)
		return false;
	cursor->at += len;
	return true;
}

/* What comes before the dot, which is taken too; an empty span when there is no dot. */
static Span
take_word(Cursor *cursor)
{
	char	   *dot = memchr(cursor->at, '.', (size_t) (cursor->end - cursor->at));
	Span		word = {cursor->at, dot == NULL ? 0 : (size_t) (dot - cursor->at)};

	if (dot != NULL)
		cursor->at = dot + 1;
	return word;
}

static FilterNode *
add_node(Cursor *cursor, FilterKind kind, bool negated)
{
	Filter	   *filter = cursor->filter;
	FilterNode *node = &filter->nodes[filter->node_count];

	if (filter->node_count == LIMIT_FILTER_NODES)
	{
		too_large(cursor, "too many conditions");
		return NULL;
	}
	*node = (FilterNode) {.kind = kind, .negated = negated, .size = 1,
		.first_value = filter->value_count};
	filter->node_count++;
	return node;
}

/* "text", with \" and \\ inside; unescaped where it stands, always behind the cursor. */
static bool
parse_quoted(Cursor *cursor, Span *value)
{
	char	   *out = cursor->at + 1;

	*value = (Span) {out, 0};
	for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++)
	{
		if (*cursor->at == '\\' && cursor->at + 1 < cursor->end)
			cursor->at++;
		*out++ = *cursor->at;
	}
	if (cursor->at == cursor->end)
		return refuse(cursor, "a quote is not closed");
	cursor->at++;
	value->len = (size_t) (out - value->at);
	return true;
}

/* A value inside parentheses: quoted, or up to the next , or ). */
static bool
parse_listed(Cursor *cursor, Span *value)
{
	const char *start = cursor->at;

	if (cursor->at < cursor->end && *cursor->at == '"')
		return parse_quoted(cursor, value);
	while (cursor->at < cursor->end && strchr(",()\"", *cursor->at) == NULL)
		cursor->at++;
	*value = (Span) {start, (size_t) (cursor->at - start)};
	return true;
}

static bool
parse_in(Cursor *cursor, FilterNode *node)
{
	Filter	   *filter = cursor->filter;

	if (!take(cursor, "("))
		return refuse(cursor, "in needs a list in parentheses");
	if (take(cursor, ")"))
		return true;
	do
	{
		if (filter->value_count == LIMIT_IN_VALUES)
			return too_large(cursor, "too many values of in");
		if (!parse_listed(cursor, &filter->values[filter->value_count]))
			return false;
		filter->value_count++;
		node->value_count++;
	} while (take(cursor, ","));
	return take(cursor, ")") || refuse(cursor, "a list is not closed");
}

static bool
parse_value(Cursor *cursor, FilterNode *node)
{
	if (node->kind == FILTER_IN)
		return parse_in(cursor, node);
	if (cursor->listed)
		return parse_listed(cursor, &node->value);
	node->value = (Span) {cursor->at, (size_t) (cursor->end - cursor->at)};
	cursor->at = cursor->end;
	return true;
}

static bool
check_value(Cursor *cursor, const FilterNode *node)
{
	static const char *const words[] = {"null", "not_null", "true", "false", "unknown"};

	if ((node->kind == FILTER_LIKE || node->kind == FILTER_ILIKE) &&
		node->value.len > LIMIT_PATTERN)
		return too_large(cursor, "the pattern is too long");
	if (node->kind != FILTER_IS)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(node->value, words[i]))
			return true;
	return refuse(cursor, "is takes null, not_null, true, false or unknown");
}

/* [not.]operator.value */
static bool
parse_condition(Cursor *cursor, Span column)
{
	bool		negated = take(cursor, "not.");
	Span		name = take_word(cursor);
	FilterNode *node;
	size_t		i = 0;

	while (i < OPERATORS && !span_is(name, operators[i].name))
		i++;
	if (i == OPERATORS)
		return refuse(cursor,
					  "an operator is none of eq, neq, gt, gte, lt, lte, like, ilike, in, is");
	node = add_node(cursor, operators[i].kind, negated);
	if (node == NULL)
		return false;
	node->column = column;
	return parse_value(cursor, node) && check_value(cursor, node);
}

/* One member of a group: a nested group or column.condition. */
static bool
parse_member(Cursor *cursor, int depth)
{
	char	   *start = cursor->at;
	bool		negated = take(cursor, "not.");
	Span		column;

	if (take(cursor, "and("))
		return parse_group(cursor, FILTER_AND, negated, depth + 1);
	if (take(cursor, "or("))
		return parse_group(cursor, FILTER_OR, negated, depth + 1);
	cursor->at = start;			/* a column may be called not */
	column = take_word(cursor);
	return parse_condition(cursor, column);
}

/* Members up to the closing parenthesis; the opening one is taken. */
static bool
parse_group(Cursor *cursor, FilterKind kind, bool negated, int depth)
{
	int			place = cursor->filter->node_count;

	if (depth > LIMIT_FILTER_DEPTH)
		return too_large(cursor, "groups are nested too deep");
	if (add_node(cursor, kind, negated) == NULL)
		return false;
	do
	{
		if (!parse_member(cursor, depth))
			return false;
	} while (take(cursor, ","));
	cursor->filter->nodes[place].size = cursor->filter->node_count - place;
	return take(cursor, ")") || refuse(cursor, "a group is not closed");
}

bool
filter_add(Filter *filter, Span name, char *value, size_t value_len, Failure *failure)
{
	Cursor		cursor = {filter, value, value + value_len, false, failure};
	bool		negated = name.len > 4 && memcmp(name.at, "not.", 4) == 0;
	Span		plain = negated ? (Span) {name.at + 4, name.len - 4} : name;
	bool		parsed;

	if (span_is(plain, "and") || span_is(plain, "or"))
	{
		cursor.listed = true;
		if (!take(&cursor, "("))
			return refuse(&cursor, "and and or need a list in parentheses");
		parsed = parse_group(&cursor, span_is(plain, "or") ? FILTER_OR : FILTER_AND, negated, 1);
	}
	else
		parsed = parse_condition(&cursor, name);
	if (!parsed)
		return false;
	return cursor.at == cursor.end || refuse(&cursor, "text after its end");
}

void
filter_init(Filter *filter)
{
	filter->node_count = 0;
	filter->value_count = 0;
}
