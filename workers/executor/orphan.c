/*
 * orphan.c: processes that a program left behind.
 *
 * The kernel lists a thread's children in /proc, as decimal numbers with a blank behind each.
 * Killing an orphan may hand its own children over to us, so the list is read again until it is
 * empty; as nobody but orphans can fork here any more, every pass leaves fewer of them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/orphan.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORPHAN_LIST "/proc/thread-self/children"
#define ORPHAN_READ 4096

bool
orphan_adopt(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

/* Kills the process whose number stands in the list; returns where the next one begins. */
static const char *
orphan_kill_next(const char *at, const char *end)
{
	pid_t		pid = 0;

	for (; at < end && *at >= '0' && *at <= '9'; at++)
		pid = pid * 10 + (*at - '0');
	if (at == end)
		return end;				/* cut by the end of the buffer: the next pass has it */
	if (pid > 0)
		(void) kill(pid, SIGKILL);
	return at + 1;
}

/* Kills what one reading of the list shows; false when it could not be read. */
static bool
orphan_pass(void)
{
	char		list[ORPHAN_READ];
	int			fd = open(ORPHAN_LIST, O_RDONLY | O_CLOEXEC);
	ssize_t		len = fd >= 0 ? read(fd, list, sizeof(list)) : -1;
	const char *at = list;

	while (len > 0 && at < list + len)
		at = orphan_kill_next(at, list + len);
	if (fd >= 0)
		(void) close(fd);
	return len > 0;
}

void
orphan_kill(void)
{
	while (orphan_pass())
	{
		/* One of those that were just killed ends; then all others that have ended. */
		if (waitpid(-1, NULL, 0) < 0)
			break;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
}
