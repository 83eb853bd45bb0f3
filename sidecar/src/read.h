/*
 * read.h: what a client wants to read from a view: columns, conditions, order, page.
 *
 *     GET /runs?select=run_id,since:started_at&state=eq.RUNNING&order=started_at.desc&limit=10
 *
 * Everything that names a column is resolved here against the catalogue, so what remains is made
 * of the catalogue's own names and of values.  No SQL is written here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_READ_H
#define SIDECAR_READ_H

#include <stdint.h>

#include "catalog.h"
#include "filter.h"
#include "url.h"

typedef struct ReadItem
{
	const CatalogColumn *column;
	Span		alias;			/* its name in the answer; at == NULL: the column's own */
} ReadItem;

typedef struct ReadOrder
{
	const CatalogColumn *column;
	bool		descending;
	int			nulls;			/* -1 first, 1 last, 0 as PostgreSQL does */
} ReadOrder;

typedef struct Read
{
	const CatalogView *view;
	ReadItem	items[LIMIT_SELECT];	/* none: every column */
	int			item_count;
	ReadOrder	orders[LIMIT_ORDER];
	int			order_count;
	Filter		filter;
	const CatalogColumn *columns[LIMIT_FILTER_NODES];	/* of the filter's conditions */
	int			limit;
	int64_t		offset;
	bool		count;			/* the total is asked for */
} Read;

/* Reads the parameters.  42703 unknown column, UP005 too much, UP007 malformed. */
extern bool read_parse(Read *read, const CatalogView *view, Url *url, Failure *failure) MUST_CHECK;

#endif							/* SIDECAR_READ_H */
