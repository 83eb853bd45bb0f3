/*
 * jsonscan.h: is this JSON text one that may go to the database, and what are its parts?
 *
 * jsonscan_check reads the whole text once and refuses what the database would read differently
 * or blow up: malformed text, bad UTF-8, \u0000 and lone surrogates (UP001), a member name twice
 * in one object (UP003), numbers of more than 64 digits or an exponent past 308 (UP004), too
 * deep, too many tokens, a string too long (UP005).  Everything else here takes text that has
 * passed that check.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_JSONSCAN_H
#define SIDECAR_JSONSCAN_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/failure.h"
#include "span.h"

extern bool jsonscan_check(Span text, Failure *failure) MUST_CHECK;

/* A walk over the members of an object or the elements of an array. */
typedef struct JsonWalk
{
	const char *at;
	const char *end;
	bool		object;
} JsonWalk;

/* False when the text is neither an object nor an array. */
extern bool jsonscan_open(JsonWalk *walk, Span text);

/* The next value, and in an object its name with its quotes; false at the end. */
extern bool jsonscan_next(JsonWalk *walk, Span *name, Span *value);

/* Appends what a JSON string (with its quotes) stands for. */
extern bool jsonscan_unquote(Span string, Buf *out) MUST_CHECK;

#endif							/* SIDECAR_JSONSCAN_H */
