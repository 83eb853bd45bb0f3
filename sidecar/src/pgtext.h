/*
 * pgtext.h: JSON values and lists as the text forms that PostgreSQL reads.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_PGTEXT_H
#define SIDECAR_PGTEXT_H

#include "catalog.h"
#include "common/buf.h"
#include "span.h"

typedef enum PgTextResult
{
	PGTEXT_VALUE,				/* the value was appended */
	PGTEXT_NULL,				/* it is null; nothing was appended */
	PGTEXT_REFUSED,				/* it does not fit the shape */
	PGTEXT_TOO_LONG
} PgTextResult;

/* Appends a valid JSON value in the form of the shape. */
extern PgTextResult pgtext_json(CatalogShape shape, Span json, Buf *out);

/* Appends an array literal of the texts. */
extern bool pgtext_array(const Span *texts, int count, Buf *out) MUST_CHECK;

#endif							/* SIDECAR_PGTEXT_H */
