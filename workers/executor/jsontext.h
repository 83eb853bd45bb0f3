/*
 * jsontext.h: JSON as text.
 *
 * Inputs and outputs pass through the executor as the text they came in: a parsed number loses
 * digits ("12.10", or an integer over 2^63), a slice of text does not.  jansson decides whether a
 * text is JSON; afterwards members are found by scanning.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_JSONTEXT_H
#define EXECUTOR_JSONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

/* Bytes of a text that somebody else owns; not NUL-terminated. */
typedef struct Slice
{
	const char *text;
	size_t		len;
} Slice;

/*
 * True when text is one JSON value: UTF-8, no duplicate member names, no \u0000, numbers that a
 * double can hold.
 */
extern bool jsontext_valid(Slice text, Failure *failure) MUST_CHECK;

/* text without the white space around it. */
extern Slice jsontext_trim(Slice text);

/* The member of a valid JSON text; false when the text is not an object or has no such member. */
extern bool jsontext_member(Slice object, const char *name, Slice *value) MUST_CHECK;

/* The length of the string token at at[0] == '"', with its quotes; the text is valid. */
extern size_t jsontext_string_length(const char *at);

/* The characters of a string token, to be released with free; NULL when out of memory. */
extern char *jsontext_decode(Slice string) MUST_CHECK;

#endif							/* EXECUTOR_JSONTEXT_H */
