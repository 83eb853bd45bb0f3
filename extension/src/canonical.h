/*
 * canonical.h
 *		Canonical JSON (RFC 8785) from JSON text.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_CANONICAL_H
#define PORTARIUM_CANONICAL_H

#include "lib/stringinfo.h"

typedef enum CanonicalFault
{
	CANONICAL_GOOD,
	CANONICAL_MALFORMED,
	CANONICAL_DUPLICATE,
	CANONICAL_INFINITE,
	CANONICAL_NOT_INTEGER,
	CANONICAL_TOO_DEEP
} CanonicalFault;

typedef struct CanonicalProfile
{
	int			max_depth;
	bool		integers;		/* numbers are integers of at most 53 bits */
} CanonicalProfile;

typedef struct CanonicalResult
{
	CanonicalFault fault;
	size_t		offset;			/* of the byte where the fault was seen */
	char	   *member;			/* of a duplicate: its name */
} CanonicalResult;

extern CanonicalResult canonical_write(const char *json, size_t len, CanonicalProfile profile,
									   StringInfo out);

#endif							/* PORTARIUM_CANONICAL_H */
