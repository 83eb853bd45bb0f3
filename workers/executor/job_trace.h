/*
 * job_trace.h: the span and the time of each attempt at an action.
 *
 * The database gives a job the trace of its run, with the state as the parent.  The attempt is a
 * span of its own there, and it is this span that the system of record gets as its parent.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_JOB_TRACE_H
#define EXECUTOR_JOB_TRACE_H

#include "executor/job.h"

/* The attempt begins.  Puts its own span into job->traceparent, when spans are exported and this one is. */
extern void job_trace_begin(Job *job);

/* Tells of the jobs that have ended since, once each. */
extern void job_trace_ended(JobTable *table);

#endif							/* EXECUTOR_JOB_TRACE_H */
