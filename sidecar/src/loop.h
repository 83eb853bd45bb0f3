/*
 * loop.h: the one thread: descriptors that became ready, timers that became due.
 *
 * A Watch belongs to the struct that it is part of.  Its owner may be released inside any callback
 * of the same turn; loop_forget makes sure that a report that was already fetched for it is not
 * delivered.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_LOOP_H
#define SIDECAR_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "common/failure.h"
#include "timer.h"

#define LOOP_REPORTS 256

typedef struct Watch
{
	int			fd;				/* -1: not watched */
	uint32_t	events;			/* EPOLLIN, EPOLLOUT, EPOLLET, … */
	void		(*ready) (void *owner, uint32_t events);
	void	   *owner;
} Watch;

typedef struct Loop
{
	int			epoll_fd;
	int64_t		now_ms;			/* monotonic, read once a turn */
	Timers		timers;
	bool		stop;

	/* the reports of this turn that are still to be delivered */
	struct epoll_event reports[LOOP_REPORTS];
	int			report_at;
	int			report_count;
} Loop;

extern bool loop_open(Loop *loop, size_t timers, Failure *failure) MUST_CHECK;
extern void loop_close(Loop *loop);

/* Begins to watch watch->fd, or changes its events. */
extern bool loop_watch(Loop *loop, Watch *watch, int fd, uint32_t events) MUST_CHECK;
extern void loop_forget(Loop *loop, Watch *watch);

/* Turns until loop->stop. */
extern void loop_run(Loop *loop);

#endif							/* SIDECAR_LOOP_H */
