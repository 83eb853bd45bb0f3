/*
 * attempt.h: one way out of the sandbox.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef ESCAPE_ATTEMPT_H
#define ESCAPE_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What stands outside to be reached; the test that starts us made it. */
typedef struct Outside
{
	int			port;			/* a TCP and UDP server on the loopback, over IPv4 and IPv6 */
	pid_t		process;		/* a process of the same user */
	const char *directory;		/* of the same user: "secret" can be read, "socket" listens */
	const char *abstract;		/* an abstract socket that listens */
} Outside;

/* True when it got out.  Runs in a process of its own that may break. */
typedef struct Attempt
{
	const char *name;
	bool		(*escapes) (const Outside *outside);
} Attempt;

extern const Attempt attempts_network[];
extern const size_t attempts_network_n;
extern const Attempt attempts_kernel[];
extern const size_t attempts_kernel_n;

#endif							/* ESCAPE_ATTEMPT_H */
