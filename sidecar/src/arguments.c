/*
 * arguments.c: which function is meant and what it is given.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "arguments.h"

#include "jsonscan.h"

void
arguments_init(Arguments *arguments)
{
	arguments->count = 0;
}

static bool
add(Arguments *arguments, Span name, Span value, bool json, Failure *failure)
{
	if (arguments->count == LIMIT_CALL_ARGUMENTS)
	{
		failure_set_sqlstate(failure, "UP005", "more than %d arguments", LIMIT_CALL_ARGUMENTS);
		return false;
	}
	arguments->given[arguments->count++] = (Argument) {name, value, json};
	return true;
}

bool
arguments_of_body(Arguments *arguments, Span body, Failure *failure)
{
	JsonWalk	walk;
	Span		name;
	Span		value;

	if (!jsonscan_open(&walk, body) || !walk.object)
	{
		failure_set_sqlstate(failure, "UP007", "the body is not a JSON object of arguments");
		return false;
	}
	while (jsonscan_next(&walk, &name, &value))
	{
		/* the catalogue's names need no escapes: one that has some is no argument's name */
		name = (Span) {name.at + 1, name.len - 2};
		if (!add(arguments, name, value, true, failure))
			return false;
	}
	return true;
}

bool
arguments_of_query(Arguments *arguments, const Url *url, Failure *failure)
{
	for (size_t i = 0; i < url->parameter_count; i++)
	{
		for (int j = 0; j < arguments->count; j++)
			if (arguments->given[j].name.len == url->parameters[i].name.len &&
				memcmp(arguments->given[j].name.at, url->parameters[i].name.at,
					   url->parameters[i].name.len) == 0)
			{
				failure_set_sqlstate(failure, "UP003", "an argument is given twice");
				return false;
			}
		if (!add(arguments, url->parameters[i].name, url->parameters[i].value, false, failure))
			return false;
	}
	return true;
}

bool
arguments_default(Arguments *arguments, const char *name, Span text)
{
	Failure		ignored;

	for (int i = 0; i < arguments->count; i++)
		if (span_is(arguments->given[i].name, name))
			return true;
	return add(arguments, span_of(name), text, false, &ignored);
}

static bool
fits(const Arguments *arguments, const CatalogFunction *function)
{
	bool		given[LIMIT_CALL_ARGUMENTS] = {false};

	if (function->argument_count > LIMIT_CALL_ARGUMENTS)
		return false;
	for (int i = 0; i < arguments->count; i++)
	{
		int			place = catalog_argument(function, arguments->given[i].name);

		if (place < 0)
			return false;
		given[place] = true;
	}
	for (int i = 0; i < function->argument_count; i++)
		if (!given[i] && !function->arguments[i].has_default)
			return false;
	return true;
}

const CatalogFunction *
arguments_match(const Arguments *arguments, const CatalogFunction *functions, int count,
				Failure *failure)
{
	const char *name = functions->name;
	const CatalogFunction *found = NULL;

	for (int i = 0; i < count; i++)
	{
		if (!fits(arguments, &functions[i]))
			continue;
		if (found != NULL)
		{
			failure_set_sqlstate(failure, "42725",
								 "more than one function \"%s\" takes these arguments", name);
			return NULL;
		}
		found = &functions[i];
	}
	if (found == NULL)
		failure_set_sqlstate(failure, "42883", "function \"%s\" does not take these arguments",
							 name);
	return found;
}
