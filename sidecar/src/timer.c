/*
 * timer.c: deadlines, a binary heap of them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "timer.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

bool
timers_reserve(Timers *timers, size_t room)
{
	Timer	  **heap = realloc(timers->heap, room * sizeof(Timer *));

	if (heap == NULL)
		return false;
	timers->heap = heap;
	timers->room = room;
	return true;
}

void
timers_free(Timers *timers)
{
	free(timers->heap);
	*timers = (Timers) {NULL, 0, 0};
}

static void
put(Timers *timers, size_t at, Timer *timer)
{
	timers->heap[at] = timer;
	timer->place = at + 1;
}

static size_t
sift_up(Timers *timers, size_t at)
{
	Timer	   *timer = timers->heap[at];

	while (at > 0 && timers->heap[(at - 1) / 2]->due_ms > timer->due_ms)
	{
		put(timers, at, timers->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(timers, at, timer);
	return at;
}

static void
sift_down(Timers *timers, size_t at)
{
	Timer	   *timer = timers->heap[at];

	for (;;)
	{
		size_t		child = 2 * at + 1;

		if (child + 1 < timers->count &&
			timers->heap[child + 1]->due_ms < timers->heap[child]->due_ms)
			child++;
		if (child >= timers->count || timers->heap[child]->due_ms >= timer->due_ms)
			break;
		put(timers, at, timers->heap[child]);
		at = child;
	}
	put(timers, at, timer);
}

void
timer_set(Timers *timers, Timer *timer, int64_t due_ms)
{
	timer->due_ms = due_ms;
	if (timer->place == 0)
	{
		assert(timers->count < timers->room);
		put(timers, timers->count++, timer);
	}
	sift_down(timers, sift_up(timers, timer->place - 1));
}

void
timer_unset(Timers *timers, Timer *timer)
{
	size_t		at = timer->place - 1;
	Timer	   *last;

	if (timer->place == 0)
		return;
	last = timers->heap[--timers->count];
	timer->place = 0;
	if (last == timer)
		return;
	put(timers, at, last);
	sift_down(timers, sift_up(timers, at));
}

int
timers_wait(const Timers *timers, int64_t now_ms)
{
	int64_t		wait;

	if (timers->count == 0)
		return -1;
	wait = timers->heap[0]->due_ms - now_ms;
	return wait < 0 ? 0 : wait > INT_MAX ? INT_MAX : (int) wait;
}

void
timers_run(Timers *timers, int64_t now_ms)
{
	while (timers->count > 0 && timers->heap[0]->due_ms <= now_ms)
	{
		Timer	   *timer = timers->heap[0];

		timer_unset(timers, timer);
		timer->fire(timer->owner);
	}
}
