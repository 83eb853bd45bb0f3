/*
 * sigs.c: signals as a file descriptor.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/sigs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

int
sigs_open(bool with_children, Failure *failure)
{
	sigset_t	set;
	int			fd;

	(void) sigemptyset(&set);
	(void) sigaddset(&set, SIGTERM);
	(void) sigaddset(&set, SIGINT);
	(void) sigaddset(&set, SIGHUP);
	if (with_children)
		(void) sigaddset(&set, SIGCHLD);

	(void) signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
		(fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
	{
		failure_set(failure, "could not receive signals: %s", strerror(errno));
		return -1;
	}
	return fd;
}

int
sigs_next(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t) sizeof(info))
		return 0;
	return (int) info.ssi_signo;
}

int
sigs_wait(int fd, int timeout_ms)
{
	struct pollfd wanted = {.fd = fd, .events = POLLIN};

	if (poll(&wanted, 1, timeout_ms) <= 0)
		return 0;
	return sigs_next(fd);
}

void
sigs_child(void)
{
	sigset_t	none;

	(void) signal(SIGPIPE, SIG_DFL);
	(void) sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
}
