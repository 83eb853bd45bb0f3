/*
 * secret.h: reading a file that must be private.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

/*
 * Opens path below the directory dir_fd (AT_FDCWD for an ordinary path) and returns its content as
 * a NUL-terminated string without trailing line ends, to be released with secret_free.  NULL when
 * it is not a regular file, holds a NUL byte or more than max bytes, or when others could read it:
 * the mode must have no bit for group and others; when root owns the file, the group may read.
 */
extern char *secret_read(int dir_fd, const char *path, size_t max, Failure *failure) MUST_CHECK;

/* Wipes and releases; NULL is allowed. */
extern void secret_free(char *secret);

#endif							/* COMMON_SECRET_H */
