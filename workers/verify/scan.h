/*
 * scan.h: reading a line that is as plain as nearly all are.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_SCAN_H
#define VERIFY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/failure.h"

typedef enum FieldKind
{
	FIELD_NONE,					/* ends a type's list */
	FIELD_TEXT,
	FIELD_NUMBER,
	FIELD_LIST
} FieldKind;

typedef struct FieldSpec
{
	const char *name;
	FieldKind	kind;
} FieldSpec;

/* One member: a text, a number or an array of texts, which stand in the object or the scratch space. */
typedef struct Field
{
	const char *text;
	size_t		len;
	int64_t		number;
	const json_t *list;
} Field;

/*
 * Reads exactly these members, in this order, out of a line in canonical form: texts of printable ASCII in
 * which only " and \ are escaped, and numbers.  The line is changed: the texts come to stand in it, each
 * ended by a NUL.  False for anything else, also for lines that are good: they have to be read otherwise.
 */
extern bool scan_members(char *line, size_t len, const FieldSpec *spec, Field *field) MUST_CHECK;

#endif							/* VERIFY_SCAN_H */
