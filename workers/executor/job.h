/*
 * job.h: one claimed action and its attempt.
 *
 *     FREE -> RUNNING -> ENDED -> REPORTED -> FREE
 *                          ^________|            (the acknowledgement did not arrive)
 *
 * A job is RUNNING while an adapter works on it, ENDED once its outcome is known, REPORTED while
 * its acknowledgement is under way.  The table has one place for every job that may run at once.
 * A place owns the texts it was given and its adapter's handle until job_clear.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_JOB_H
#define EXECUTOR_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/trace.h"
#include "executor/operation.h"
#include "executor/outcome.h"

typedef enum JobState
{
	JOB_FREE,
	JOB_RUNNING,
	JOB_ENDED,
	JOB_REPORTED
} JobState;

typedef struct Job
{
	JobState	state;
	int64_t		token;			/* the lease's fencing token */
	int			attempt;
	int			timeout_ms;
	int64_t		deadline_ms;
	char	   *tenant_id;
	char	   *run_id;
	char	   *adapter;
	char	   *spec;
	char	   *input;
	char	   *idempotency_key;	/* NULL: none */
	char	   *traceparent;	/* and behind a blank the tracestate; NULL: none */
	Trace		trace;			/* the attempt's span, or the state's; no trace_id: none */
	char		parent_span[17];	/* "": the attempt has no span of its own */
	int64_t		started_us;		/* 0: its end is told already */
	Operation	operation;
	Outcome		outcome;
	bool		begun;			/* the effect may have happened */
	bool		alone;			/* its acknowledgement was refused beside others */
	const char *weak;			/* what its sandbox lacks; NULL: nothing */
	int64_t		retry_after_ms; /* its destination asked for; 0: it did not */
	struct HttpTransfer *http;
	struct ExecProcess *exec;
} Job;

typedef struct JobTable
{
	Job		   *jobs;
	int			size;
} JobTable;

/* What a claim gives; the strings are copied. */
typedef struct JobClaim
{
	const char *tenant_id;
	const char *run_id;
	const char *adapter;
	const char *spec;
	const char *input;
	const char *idempotency_key;
	const char *traceparent;
	int64_t		token;
	int			attempt;
	int			timeout_ms;
} JobClaim;

extern bool job_table_init(JobTable *table, int size) MUST_CHECK;
extern void job_table_free(JobTable *table);
extern int	job_count(const JobTable *table, JobState state);

/* The job that holds the token, NULL when there is none. */
extern Job *job_find(const JobTable *table, int64_t token);

/*
 * Puts a claim into a free place, RUNNING; with a specification that makes no sense it is ENDED at
 * once.  NULL when there is no free place or no memory: the lease expires.
 */
extern Job *job_add(JobTable *table, const JobClaim *claim) MUST_CHECK;

/* Releases everything; the place is FREE. */
extern void job_clear(Job *job);

/*
 * Ends a job whose answer did not come.  Nothing begun: error unsent.  Begun and idempotent: error
 * begun, so that Retry may match it.  Else the outcome is unknown.
 */
extern void job_lost(Job *job, const char *unsent, const char *begun, const char *cause);

#endif							/* EXECUTOR_JOB_H */
