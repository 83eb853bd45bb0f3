/*
 * arguments.h: which function is meant and what it is given.
 *
 * Arguments come by name, from the members of a JSON object or from a query string.  Of several
 * functions with one name the one is meant that has every given name and a default for the rest.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_ARGUMENTS_H
#define SIDECAR_ARGUMENTS_H

#include "catalog.h"
#include "common/failure.h"
#include "maxima.h"
#include "span.h"
#include "url.h"

typedef struct Argument
{
	Span		name;
	Span		value;
	bool		json;			/* the value is JSON, else the text of a query string */
} Argument;

typedef struct Arguments
{
	Argument	given[LIMIT_CALL_ARGUMENTS];
	int			count;
} Arguments;

extern void arguments_init(Arguments *arguments);

/* The body must have passed jsonscan_check; it has to be an object. */
extern bool arguments_of_body(Arguments *arguments, Span body, Failure *failure) MUST_CHECK;
extern bool arguments_of_query(Arguments *arguments, const Url *url, Failure *failure) MUST_CHECK;

/* Adds one more unless there is one with this name; false when there is no room. */
extern bool arguments_default(Arguments *arguments, const char *name, Span text) MUST_CHECK;

/* One of count functions; NULL with 42883 (none fits) or 42725 (several do). */
extern const CatalogFunction *arguments_match(const Arguments *arguments,
											  const CatalogFunction *functions, int count,
											  Failure *failure) MUST_CHECK;

#endif							/* SIDECAR_ARGUMENTS_H */
