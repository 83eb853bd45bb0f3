/*
 * timer.h: deadlines, a binary heap of them.
 *
 *                due 10                    heap[0] is the next one to fire
 *             /         \
 *         due 20       due 15              timer->place is its index + 1, 0 while it is not set
 *
 * A timer belongs to the struct that it is part of; that struct unsets it before it dies.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_TIMER_H
#define SIDECAR_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"

typedef struct Timer
{
	int64_t		due_ms;
	size_t		place;
	void		(*fire) (void *owner);
	void	   *owner;
} Timer;

typedef struct Timers
{
	Timer	  **heap;
	size_t		count;
	size_t		room;
} Timers;

/* Makes room for so many timers at once; timer_set never fails within it. */
extern bool timers_reserve(Timers *timers, size_t room) MUST_CHECK;
extern void timers_free(Timers *timers);

extern void timer_set(Timers *timers, Timer *timer, int64_t due_ms);
extern void timer_unset(Timers *timers, Timer *timer);

/* Milliseconds until the next one is due, 0 when it is, -1 when there is none. */
extern int	timers_wait(const Timers *timers, int64_t now_ms);

/* Unsets and fires what is due. */
extern void timers_run(Timers *timers, int64_t now_ms);

#endif							/* SIDECAR_TIMER_H */
