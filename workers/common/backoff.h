/*
 * backoff.h: how long to wait before the next try.
 *
 * The delay doubles from first_ms to last_ms and each one is drawn between half and the whole of
 * it, so that many daemons that lost the same server do not come back in step.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_BACKOFF_H
#define COMMON_BACKOFF_H

typedef struct Backoff
{
	int			first_ms;
	int			last_ms;
	int			step_ms;		/* 0 after a success */
} Backoff;

extern void backoff_init(Backoff *backoff, int first_ms, int last_ms);

/* The next delay in milliseconds. */
extern int	backoff_next(Backoff *backoff);

/* To be called after a success. */
extern void backoff_reset(Backoff *backoff);

#endif							/* COMMON_BACKOFF_H */
