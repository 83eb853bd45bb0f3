/*
 * sigs.h: signals as a file descriptor.
 *
 * sigs_open blocks SIGTERM, SIGINT and SIGHUP (and SIGCHLD when asked) for the process and every
 * thread it starts later, ignores SIGPIPE, and returns a descriptor that becomes readable when
 * one of them is pending; so no handler ever runs.  A child process calls sigs_child before it
 * executes another program.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_SIGS_H
#define COMMON_SIGS_H

#include <stdbool.h>

#include "common/failure.h"

/* The descriptor, non-blocking and close-on-exec, or -1. */
extern int	sigs_open(bool with_children, Failure *failure) MUST_CHECK;

/* The next pending signal, 0 when there is none. */
extern int	sigs_next(int fd);

/*
 * Waits until a signal is pending or timeout_ms have passed (-1: for ever).  Returns the signal
 * or 0.
 */
extern int	sigs_wait(int fd, int timeout_ms);

/* Gives every signal its default meaning again; async-signal-safe. */
extern void sigs_child(void);

#endif							/* COMMON_SIGS_H */
