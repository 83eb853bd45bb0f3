/*
 * filter.h: the grammar of a view's query parameters, without any SQL.
 *
 *     column=[not.]operator.value            one condition
 *     or=(a.eq.1,not.and(b.gt.2,c.is.null))  nested ones; `and`, `not.or`, `not.and` likewise
 *     in.(1,2,"a,b")                         a list; what holds , ( ) or " stands in quotes
 *
 * Operators: eq neq gt gte lt lte like ilike in is.  The parse is a flat array in which a group
 * comes before its members:
 *
 *     or=(a.eq.1,and(b.gt.2,c.is.null))
 *     nodes:  OR(size 5)  a.eq.1(1)  AND(3)  b.gt.2(1)  c.is.null(1)
 *
 * `size` counts the node and all below it, so members are walked by stepping over sizes.  Names
 * and values are spans of the text that was given; a value in quotes is unescaped in its place.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_FILTER_H
#define SIDECAR_FILTER_H

#include "common/failure.h"
#include "maxima.h"
#include "span.h"

typedef enum FilterKind
{
	FILTER_AND,
	FILTER_OR,
	FILTER_EQ,
	FILTER_NEQ,
	FILTER_GT,
	FILTER_GTE,
	FILTER_LT,
	FILTER_LTE,
	FILTER_LIKE,
	FILTER_ILIKE,
	FILTER_IN,
	FILTER_IS
} FilterKind;

typedef struct FilterNode
{
	FilterKind	kind;
	bool		negated;
	int			size;
	Span		column;			/* of a condition, as the next two */
	Span		value;
	int			first_value;	/* FILTER_IN: its values in Filter.values */
	int			value_count;
} FilterNode;

typedef struct Filter
{
	FilterNode	nodes[LIMIT_FILTER_NODES];
	int			node_count;		/* all of the top ones must hold */
	Span		values[LIMIT_IN_VALUES];
	int			value_count;
} Filter;

extern void filter_init(Filter *filter);

/*
 * Adds what one parameter says.  UP005 or UP007 in failure when it does not parse.  The value's
 * text is changed where it has quotes, and must live as long as the filter.
 */
extern bool filter_add(Filter *filter, Span name, char *value, size_t value_len,
					   Failure *failure) MUST_CHECK;

#endif							/* SIDECAR_FILTER_H */
