/*
 * catalog.h: what may be called and read over HTTP, as portarium.api_catalog() says.
 *
 * A catalogue is read-only once it is parsed.  Names and types point into the JSON document that
 * it keeps.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_CATALOG_H
#define SIDECAR_CATALOG_H

#include <stdbool.h>

#include "common/failure.h"
#include "span.h"

/* How a JSON value becomes a parameter of the type. */
typedef enum CatalogShape
{
	SHAPE_SCALAR,				/* its text */
	SHAPE_JSON,					/* the JSON as it is */
	SHAPE_ARRAY,				/* an array literal of texts */
	SHAPE_JSON_ARRAY			/* an array literal of JSON values */
} CatalogShape;

typedef struct CatalogArgument
{
	const char *name;
	const char *type;
	CatalogShape shape;
	bool		has_default;
} CatalogArgument;

typedef struct CatalogFunction
{
	const char *name;
	const char *comment;		/* NULL when there is none */
	CatalogArgument *arguments;
	int			argument_count;
	bool		writes;			/* volatile */
	bool		returns_set;
	bool		returns_void;
} CatalogFunction;

typedef struct CatalogColumn
{
	const char *name;
	const char *type;
	CatalogShape shape;
} CatalogColumn;

typedef struct CatalogView
{
	const char *name;
	const char *comment;
	CatalogColumn *columns;
	int			column_count;
} CatalogView;

typedef struct Catalog
{
	CatalogFunction *functions; /* by name; overloads side by side */
	int			function_count;
	CatalogView *views;
	int			view_count;
	struct json_t *document;
} Catalog;

/* NULL with the reason. */
extern Catalog *catalog_parse(const char *text, Failure *failure) MUST_CHECK;
extern void catalog_free(Catalog *catalog);

/* The first of the functions with this name, and how many there are; NULL when there is none. */
extern const CatalogFunction *catalog_functions(const Catalog *catalog, Span name, int *count);
extern const CatalogView *catalog_view(const Catalog *catalog, Span name);
extern const CatalogColumn *catalog_column(const CatalogView *view, Span name);

/* The place of the argument with this name, -1 when there is none. */
extern int	catalog_argument(const CatalogFunction *function, Span name);

#endif							/* SIDECAR_CATALOG_H */
