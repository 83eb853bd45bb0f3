/*
 * orphan.c: processes that a program left behind.
 *
 * The kernel lists a thread's children in /proc.  Children of curl's threads do not exist, so the
 * main thread's list is complete.  Killing an orphan may hand its own children over to us, so the
 * list is read again until a pass finds nothing; a bomb that forks faster than that is bounded by
 * its process limit, and passes by its time limit or the next call.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/orphan.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORPHAN_PASSES 100

bool
orphan_adopt(Failure *failure)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == 0)
		return true;
	failure_set(failure, "could not become the reaper of programs: %s", strerror(errno));
	return false;
}

/* One pass over the list; returns how many were killed. */
static int
orphan_pass(OrphanKnown known, void *context)
{
	char		path[64];
	FILE	   *list;
	int			killed = 0;
	int			pid;

	(void) snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int) getpid());
	list = fopen(path, "re");
	if (list == NULL)
		return 0;
	while (fscanf(list, "%d", &pid) == 1)
	{
		if (known(pid, context))
			continue;
		(void) kill(pid, SIGKILL);
		if (waitpid(pid, NULL, 0) == pid)
			killed++;
	}
	(void) fclose(list);
	return killed;
}

int
orphan_kill(OrphanKnown known, void *context)
{
	int			killed = 0;

	for (int pass = 0; pass < ORPHAN_PASSES; pass++)
	{
		int			now = orphan_pass(known, context);

		killed += now;
		if (now == 0)
			break;
	}
	return killed;
}
