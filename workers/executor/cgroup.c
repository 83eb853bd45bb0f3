/*
 * cgroup.c: limits over all processes of one program together.
 *
 * A limit is written to whichever directory has its file, by the name that it has there; a limit
 * that no directory has is an error, so that nobody believes in a limit that is not.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

/* The kernel's period is 100 ms in both versions. */
#define CGROUP_PERIOD_US 100000
#define CGROUP_TEXT 64

typedef enum CgroupLimit
{
	CGROUP_MEMORY,
	CGROUP_PROCESSES,
	CGROUP_CPU,
	CGROUP_LIMITS
} CgroupLimit;

/* Version 2 first, then version 1. */
static const char *const cgroup_files[CGROUP_LIMITS][2] = {
	[CGROUP_MEMORY] = {"memory.max", "memory.limit_in_bytes"},
	[CGROUP_PROCESSES] = {"pids.max", NULL},
	[CGROUP_CPU] = {"cpu.max", "cpu.cfs_quota_us"},
};

bool
cgroup_open(CgroupPlan *plan, const char *directories, Failure *failure)
{
	const char *at = directories;

	plan->n = 0;
	while (*at != '\0')
	{
		size_t		len = strcspn(at, ":");
		char		path[PATH_MAX];
		int			fd;

		if (plan->n == CGROUP_MAX || len >= sizeof(path))
		{
			failure_set(failure, "at most %d cgroup directories can be used", CGROUP_MAX);
			return false;
		}
		memcpy(path, at, len);
		path[len] = '\0';
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
		{
			failure_set(failure, "could not open cgroup \"%s\": %s", path, strerror(errno));
			return false;
		}
		plan->directories[plan->n++] = fd;
		at += len + (at[len] == ':');
	}
	return true;
}

void
cgroup_close(CgroupPlan *plan)
{
	while (plan->n > 0)
		(void) close(plan->directories[--plan->n]);
}

static int
cgroup_open_file(const Cgroup *cgroup, int i, const char *name)
{
	char		path[CGROUP_TEXT];

	(void) snprintf(path, sizeof(path), "%s/%s", cgroup->name, name);
	return openat(cgroup->plan->directories[i], path, O_WRONLY | O_CLOEXEC);
}

/* The value as the file of version 2 or 1 wants it. */
static void
cgroup_value(const CgroupPlan *plan, CgroupLimit limit, int version, char text[CGROUP_TEXT])
{
	int			quota = plan->cpu_percent * (CGROUP_PERIOD_US / 100);

	if (limit == CGROUP_MEMORY)
		(void) snprintf(text, CGROUP_TEXT, "%lld", (long long) plan->memory_mb * 1048576);
	else if (limit == CGROUP_PROCESSES)
		(void) snprintf(text, CGROUP_TEXT, "%d", plan->processes);
	else if (version == 2)
		(void) snprintf(text, CGROUP_TEXT, "%d %d", quota, CGROUP_PERIOD_US);
	else
		(void) snprintf(text, CGROUP_TEXT, "%d", quota);
}

/* Writes a limit where it belongs; false when it belongs nowhere or was refused. */
static bool
cgroup_limit(const Cgroup *cgroup, CgroupLimit limit)
{
	bool		written = false;

	errno = ENOENT;
	for (int i = 0; i < 2 * cgroup->plan->n && !written; i++)
	{
		const char *name = cgroup_files[limit][i % 2];
		char		text[CGROUP_TEXT];
		int			fd = name != NULL ? cgroup_open_file(cgroup, i / 2, name) : -1;

		if (fd < 0)
			continue;
		cgroup_value(cgroup->plan, limit, i % 2 == 0 ? 2 : 1, text);
		written = write(fd, text, strlen(text)) == (ssize_t) strlen(text);
		(void) close(fd);
	}
	return written;
}

/* Makes the directories and opens their lists of processes. */
static bool
cgroup_make(Cgroup *cgroup)
{
	for (int i = 0; i < cgroup->plan->n; i++)
	{
		if (mkdirat(cgroup->plan->directories[i], cgroup->name, 0755) != 0 ||
			(cgroup->procs[i] = cgroup_open_file(cgroup, i, "cgroup.procs")) < 0)
			return false;
	}
	return true;
}

bool
cgroup_create(Cgroup *cgroup, const CgroupPlan *plan, Failure *failure)
{
	static unsigned int serial;
	bool		made;

	cgroup->plan = plan;
	for (int i = 0; i < CGROUP_MAX; i++)
		cgroup->procs[i] = -1;
	(void) snprintf(cgroup->name, sizeof(cgroup->name), "program-%d-%u", getpid(), ++serial);
	made = cgroup_make(cgroup);
	for (int limit = 0; plan->n > 0 && made && limit < CGROUP_LIMITS; limit++)
		made = cgroup_limit(cgroup, (CgroupLimit) limit);
	if (made)
		return true;
	failure_set(failure, "could not make a cgroup with limits of memory, processes and CPU: %s",
				strerror(errno));
	cgroup_destroy(cgroup);
	return false;
}

const char *
cgroup_enter(const int *procs, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (write(procs[i], "0", 1) != 1)
			return "move it into its cgroup";
		(void) close(procs[i]);
	}
	return NULL;
}

void
cgroup_destroy(Cgroup *cgroup)
{
	for (int i = 0; cgroup->plan != NULL && i < cgroup->plan->n; i++)
	{
		if (cgroup->procs[i] >= 0)
			(void) close(cgroup->procs[i]);
		if (unlinkat(cgroup->plan->directories[i], cgroup->name, AT_REMOVEDIR) != 0 &&
			errno != ENOENT)
			log_warn("a cgroup is left behind", log_text("name", cgroup->name),
					 log_text("reason", strerror(errno)));
	}
	cgroup->plan = NULL;
}
