/*
 * children.c: one process for each database.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "everywhere/children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/sigs.h"

#define FIRST_PAUSE_MS 200
#define LAST_PAUSE_MS 30000
#define STEADY_MS 60000			/* one that has lived as long does not fail at its start */
#define EXIT_NO_PROGRAM 127

void
children_init(Children *children, const Overrides *overrides, const char *control,
			  char *const *command)
{
	memset(children, 0, sizeof(*children));
	children->overrides = overrides;
	children->control = control;
	children->command = command;
}

void
children_want_none(Children *children)
{
	for (int i = 0; i < children->count; i++)
		children->items[i].wanted = false;
}

void
children_want(Children *children, const char *database)
{
	Child	   *child = children->items;
	Child	   *end = child + children->count;

	while (child < end && strcmp(child->database, database) != 0)
		child++;
	if (child == end)
	{
		if (children->count == CHILDREN_MAX || strlen(database) >= CHILD_NAME_SIZE)
		{
			log_error("no room for a database", log_text("database", database));
			return;
		}
		memset(child, 0, sizeof(*child));
		(void) snprintf(child->database, sizeof(child->database), "%s", database);
		backoff_init(&child->backoff, FIRST_PAUSE_MS, LAST_PAUSE_MS);
		children->count++;
	}
	child->wanted = true;
}

/* In the child.  Only one of all can have the address of the metrics. */
static void
become(const Children *children, const Child *child, pid_t parent)
{
	Failure		failure;

	sigs_child();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_NO_PROGRAM);
	if (!overrides_apply(children->overrides, child->database, &failure))
	{
		log_error("cannot start", log_text("reason", failure.message));
		_exit(EXIT_NO_PROGRAM);
	}
	if (strcmp(child->database, children->control) != 0 &&
		!overrides_vary(children->overrides, "METRICS_LISTEN"))
		(void) setenv("METRICS_LISTEN", "", 1);
	(void) execvp(children->command[0], children->command);
	log_error("cannot start", log_text("program", children->command[0]),
			  log_text("reason", strerror(errno)));
	_exit(EXIT_NO_PROGRAM);
}

static void
start(const Children *children, Child *child)
{
	pid_t		parent = getpid();
	pid_t		pid = fork();

	if (pid == 0)
		become(children, child, parent);
	child->started_ms = clock_ms();
	if (pid > 0)
	{
		child->pid = pid;
		log_info("started", log_text("database", child->database), log_number("pid", pid));
		return;
	}
	child->not_before_ms = child->started_ms + backoff_next(&child->backoff);
	log_error("could not start a process", log_text("reason", strerror(errno)));
}

/* The last one takes its place. */
static void
forget(Children *children, Child *child)
{
	*child = children->items[--children->count];
}

int
children_look_after(Children *children)
{
	int64_t		now = clock_ms();
	int64_t		next = -1;

	for (int i = children->count - 1; i >= 0; i--)
	{
		Child	   *child = &children->items[i];

		if (child->pid > 0 && !child->wanted)
			(void) kill(child->pid, SIGTERM);
		else if (child->pid == 0 && !child->wanted)
			forget(children, child);
		else if (child->pid == 0 && child->not_before_ms <= now)
			start(children, child);
		else if (child->pid == 0 && (next < 0 || child->not_before_ms - now < next))
			next = child->not_before_ms - now;
	}
	return (int) next;
}

static void
note_end(Child *child, int status)
{
	int64_t		now = clock_ms();

	if (now - child->started_ms >= STEADY_MS)
		backoff_reset(&child->backoff);
	child->pid = 0;
	child->not_before_ms = now + backoff_next(&child->backoff);
	if (child->wanted)
		log_warn("ended", log_text("database", child->database),
				 log_number("status", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)));
}

void
children_reap(Children *children)
{
	int			status;
	pid_t		pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < children->count; i++)
			if (children->items[i].pid == pid)
				note_end(&children->items[i], status);
}

void
children_signal(const Children *children, int signal_number)
{
	for (int i = 0; i < children->count; i++)
		if (children->items[i].pid > 0)
			(void) kill(children->items[i].pid, signal_number);
}

int
children_running(const Children *children)
{
	int			count = 0;

	for (int i = 0; i < children->count; i++)
		count += children->items[i].pid > 0;
	return count;
}
