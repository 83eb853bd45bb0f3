/*
 * clock.h: the two clocks of a daemon.
 *
 * Deadlines use the monotonic clock only; the wall clock is for what people and other machines
 * read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* room for "2026-01-31T12:00:00.000000Z" and its terminating NUL */
#define CLOCK_TEXT_SIZE 32

/* Milliseconds of the monotonic clock; never goes back. */
extern int64_t clock_ms(void);

/* Microseconds since the Unix epoch. */
extern int64_t clock_wall_us(void);

/* The given wall time as RFC 3339 in UTC with six decimals. */
extern void clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE]);

#endif							/* COMMON_CLOCK_H */
