/*
 * failure.h: why a checked call did not succeed.
 *
 * The caller owns the struct and passes it down; the callee fills it exactly when it returns
 * false or NULL.  There is no global last error.  sqlstate is empty unless the database spoke.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_FAILURE_H
#define COMMON_FAILURE_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))

typedef struct Failure
{
	char		sqlstate[6];
	char		message[512];
} Failure;

/* Fills the struct with a message and no SQLSTATE.  Safe with a NULL failure. */
extern void failure_set(Failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, naming the SQLSTATE (five characters, or NULL when there is none). */
extern void failure_set_sqlstate(Failure *failure, const char *sqlstate, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Copies somebody else's words and leaves out what they quote: PostgreSQL and others put in double
 * quotes what they were given, and that may be anybody's secret or name.  Cut where out ends.
 */
extern void failure_unquote(const char *text, char *out, size_t size);

#endif							/* COMMON_FAILURE_H */
