/*
 * loop.c: the one thread: descriptors that became ready, timers that became due.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "loop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

bool
loop_open(Loop *loop, size_t timers, Failure *failure)
{
	memset(loop, 0, sizeof(*loop));
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->now_ms = clock_ms();
	if (loop->epoll_fd < 0 || !timers_reserve(&loop->timers, timers))
	{
		failure_set(failure, "could not make the event loop: %s", strerror(errno));
		return false;
	}
	return true;
}

void
loop_close(Loop *loop)
{
	close(loop->epoll_fd);
	timers_free(&loop->timers);
}

bool
loop_watch(Loop *loop, Watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};
	int			operation = EPOLL_CTL_MOD;

	if (watch->fd == fd && watch->events == events)
		return true;
	if (watch->fd != fd)
	{
		loop_forget(loop, watch);
		operation = EPOLL_CTL_ADD;
	}
	if (epoll_ctl(loop->epoll_fd, operation, fd, &event) != 0)
		return false;
	watch->fd = fd;
	watch->events = events;
	return true;
}

void
loop_forget(Loop *loop, Watch *watch)
{
	if (watch->fd < 0)
		return;
	/* may fail when libpq has closed the descriptor itself; then it is not watched either */
	(void) epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
	for (int i = loop->report_at; i < loop->report_count; i++)
		if (loop->reports[i].data.ptr == watch)
			loop->reports[i].data.ptr = NULL;
}

void
loop_run(Loop *loop)
{
	while (!loop->stop)
	{
		loop->report_count = epoll_wait(loop->epoll_fd, loop->reports, LOOP_REPORTS,
										timers_wait(&loop->timers, loop->now_ms));
		loop->now_ms = clock_ms();
		for (loop->report_at = 0; loop->report_at < loop->report_count;)
		{
			struct epoll_event *report = &loop->reports[loop->report_at++];
			const Watch *watch = report->data.ptr;

			if (watch != NULL)
				watch->ready(watch->owner, report->events);
		}
		timers_run(&loop->timers, loop->now_ms);
	}
}
