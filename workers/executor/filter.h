/*
 * filter.h: the system calls that a program may not make, by seccomp.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_FILTER_H
#define EXECUTOR_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

#include "common/failure.h"

/* The filter in the kernel's form; owns the instructions. */
typedef struct Filter
{
	struct sock_fprog program;
} Filter;

/* Compiles the filter: once, at the start. */
extern bool filter_compile(Filter *filter, Failure *failure) MUST_CHECK;
extern void filter_free(Filter *filter);

/*
 * For this process and all that it starts, for ever; needs "no new privileges".  NULL, or what could
 * not be done, with errno set.  Async-signal-safe.
 */
extern const char *filter_close(const Filter *filter);

#endif							/* EXECUTOR_FILTER_H */
