/*
 * catalog.c: what may be called and read over HTTP.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "catalog.h"

#include <stdlib.h>

#include <jansson.h>

static CatalogShape
shape_of(const char *type)
{
	if (strcmp(type, "jsonb") == 0 || strcmp(type, "json") == 0)
		return SHAPE_JSON;
	if (strcmp(type, "jsonb[]") == 0 || strcmp(type, "json[]") == 0)
		return SHAPE_JSON_ARRAY;
	return strlen(type) > 2 && strcmp(type + strlen(type) - 2, "[]") == 0 ? SHAPE_ARRAY :
		SHAPE_SCALAR;
}

static const char *
text_member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool
parse_argument(const json_t *object, CatalogArgument *argument)
{
	argument->name = text_member(object, "name");
	argument->type = text_member(object, "type");
	argument->has_default = json_is_true(json_object_get(object, "has_default"));
	if (argument->name == NULL || argument->type == NULL)
		return false;
	argument->shape = shape_of(argument->type);
	return true;
}

static bool
parse_function(const json_t *object, CatalogFunction *function)
{
	const json_t *arguments = json_object_get(object, "arguments");
	const char *volatility = text_member(object, "volatility");
	const char *returns = text_member(object, "returns");
	size_t		count = json_array_size(arguments);

	function->name = text_member(object, "name");
	function->comment = text_member(object, "comment");
	function->returns_set = json_is_true(json_object_get(object, "set"));
	function->arguments = calloc(count + 1, sizeof(CatalogArgument));
	if (function->name == NULL || volatility == NULL || returns == NULL ||
		function->arguments == NULL)
		return false;
	function->writes = strcmp(volatility, "volatile") == 0;
	function->returns_void = strcmp(returns, "void") == 0;
	function->argument_count = (int) count;
	for (size_t i = 0; i < count; i++)
		if (!parse_argument(json_array_get(arguments, i), &function->arguments[i]))
			return false;
	return true;
}

static bool
parse_view(const json_t *object, CatalogView *view)
{
	const json_t *columns = json_object_get(object, "columns");
	size_t		count = json_array_size(columns);

	view->name = text_member(object, "name");
	view->comment = text_member(object, "comment");
	view->columns = calloc(count + 1, sizeof(CatalogColumn));
	if (view->name == NULL || view->columns == NULL)
		return false;
	view->column_count = (int) count;
	for (size_t i = 0; i < count; i++)
	{
		CatalogColumn *column = &view->columns[i];

		column->name = text_member(json_array_get(columns, i), "name");
		column->type = text_member(json_array_get(columns, i), "type");
		if (column->name == NULL || column->type == NULL)
			return false;
		column->shape = shape_of(column->type);
	}
	return true;
}

static bool
parse_document(Catalog *catalog)
{
	const json_t *functions = json_object_get(catalog->document, "functions");
	const json_t *views = json_object_get(catalog->document, "views");

	if (!json_is_array(functions) || !json_is_array(views))
		return false;
	catalog->functions = calloc(json_array_size(functions) + 1, sizeof(CatalogFunction));
	catalog->views = calloc(json_array_size(views) + 1, sizeof(CatalogView));
	if (catalog->functions == NULL || catalog->views == NULL)
		return false;
	for (size_t i = 0; i < json_array_size(functions); i++)
		if (!parse_function(json_array_get(functions, i),
							&catalog->functions[catalog->function_count++]))
			return false;
	for (size_t i = 0; i < json_array_size(views); i++)
		if (!parse_view(json_array_get(views, i), &catalog->views[catalog->view_count++]))
			return false;
	return true;
}

Catalog *
catalog_parse(const char *text, Failure *failure)
{
	Catalog    *catalog = calloc(1, sizeof(Catalog));

	if (catalog == NULL)
	{
		failure_set(failure, "out of memory");
		return NULL;
	}
	catalog->document = json_loads(text, 0, NULL);
	if (!parse_document(catalog))
	{
		failure_set(failure, "the API's catalogue is not what this program expects");
		catalog_free(catalog);
		return NULL;
	}
	return catalog;
}

void
catalog_free(Catalog *catalog)
{
	if (catalog == NULL)
		return;
	for (int i = 0; i < catalog->function_count; i++)
		free(catalog->functions[i].arguments);
	for (int i = 0; i < catalog->view_count; i++)
		free(catalog->views[i].columns);
	free(catalog->functions);
	free(catalog->views);
	json_decref(catalog->document);
	free(catalog);
}

const CatalogFunction *
catalog_functions(const Catalog *catalog, Span name, int *count)
{
	const CatalogFunction *first = NULL;

	*count = 0;
	for (int i = 0; i < catalog->function_count; i++)
	{
		if (!span_is(name, catalog->functions[i].name))
			continue;
		if (first == NULL)
			first = &catalog->functions[i];
		++*count;
	}
	return first;
}

const CatalogView *
catalog_view(const Catalog *catalog, Span name)
{
	for (int i = 0; i < catalog->view_count; i++)
		if (span_is(name, catalog->views[i].name))
			return &catalog->views[i];
	return NULL;
}

const CatalogColumn *
catalog_column(const CatalogView *view, Span name)
{
	for (int i = 0; i < view->column_count; i++)
		if (span_is(name, view->columns[i].name))
			return &view->columns[i];
	return NULL;
}

int
catalog_argument(const CatalogFunction *function, Span name)
{
	for (int i = 0; i < function->argument_count; i++)
		if (span_is(name, function->arguments[i].name))
			return i;
	return -1;
}
