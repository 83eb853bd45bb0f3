/*
 * ready.h: the line that tells a supervisor that a daemon can work.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_READY_H
#define COMMON_READY_H

/* Prints "<program> ready" and, when detail is not NULL, a blank and the detail on stdout. */
extern void ready_line(const char *program, const char *detail);

#endif							/* COMMON_READY_H */
