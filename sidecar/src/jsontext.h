/*
 * jsontext.h: the two kinds of JSON text that have an inside: strings and numbers.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_JSONTEXT_H
#define SIDECAR_JSONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/*
 * Reads a string from its opening quote.  *len is its length with both quotes, or when it is
 * malformed (false) where it went wrong: bad UTF-8, a control character, an unknown escape,
 * \u0000, half a surrogate pair, no end.
 */
extern bool jsontext_string(const char *text, size_t len, size_t *used);

typedef struct JsonNumber
{
	size_t		len;
	size_t		digits;			/* without the exponent's */
	long		exponent;		/* its absolute value as written, capped at 9999 */
} JsonNumber;

extern bool jsontext_number(const char *text, size_t len, JsonNumber *number);

/* Appends what the inside of a valid string stands for. */
extern bool jsontext_unquote(const char *inside, size_t len, Buf *out) MUST_CHECK;

/* The length of the UTF-8 character at text, 0 when it is not one. */
extern size_t jsontext_utf8(const char *text, size_t len);

#endif							/* SIDECAR_JSONTEXT_H */
