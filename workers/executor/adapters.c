/*
 * adapters.c: the kinds of adapter behind one door.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/adapters.h"

void
adapters_begin(const Adapters *adapters, Job *job)
{
	if (job->operation.kind == OPERATION_EXEC)
		exec_begin(adapters->exec, job);
	else
		http_begin(adapters->http, job);
}

void
adapters_step(const Adapters *adapters, JobTable *table)
{
	http_step(adapters->http);
	for (int i = 0; i < table->size; i++)
	{
		if (table->jobs[i].exec != NULL)
			exec_step(&table->jobs[i]);
	}
}

void
adapters_abandon(const Adapters *adapters, Job *job)
{
	http_abandon(adapters->http, job);
	exec_abandon(job);
}

int
adapters_fds(const JobTable *table, struct pollfd *fds)
{
	int			n = 0;

	for (int i = 0; i < table->size; i++)
		n += exec_fds(&table->jobs[i], fds + n);
	return n;
}

int64_t
adapters_due(const JobTable *table)
{
	int64_t		due = INT64_MAX;

	for (int i = 0; i < table->size; i++)
	{
		/* curl keeps the time of its transfers itself */
		if (table->jobs[i].exec != NULL && table->jobs[i].deadline_ms < due)
			due = table->jobs[i].deadline_ms;
	}
	return due;
}
