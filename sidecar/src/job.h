/*
 * job.h: one batch for the database: the context, one statement, Sync.
 *
 * A job belongs to the one who made it until it is submitted, then to its lane, which hands it
 * back exactly once: it calls `done`, which must end with job_free or another submit.  An asker
 * that goes away first calls job_abandon; the lane then frees the job itself when its answer is in.
 * So a tenant's quota counts what the database still works on, also when nobody waits for it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_JOB_H
#define SIDECAR_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "common/trace.h"
#include "quota.h"
#include "statement.h"

typedef struct Job
{
	Statement	statement;
	char	   *context;		/* the context token; NULL: without context */
	char		trace[TRACE_CONTEXT_SIZE];	/* "" when there is none */
	Quota	   *quota;			/* that has counted it, NULL: none; given back by job_free */
	char		tenant[33];
	bool		may_repeat;		/* it only reads: a lost connection does not matter */
	void		(*done) (struct Job *job);	/* NULL when abandoned */
	void	   *owner;

	/* the outcome: rows, or an error with its SQLSTATE */
	PGresult   *rows;
	PGresult   *error;			/* the database's own words; NULL when the error is ours */
	char		sqlstate[6];	/* empty on success */
	const char *message;

	/* the lane's own */
	struct Job *next;
	int64_t		since_ms;		/* queued, then sent */
	int			tries;
	int			prepare_step;	/* which result of the batch is that of the prepare, -1: none */
	struct PreparedEntry *prepares;
} Job;

extern Job *job_new(void);
extern void job_free(Job *job);

/* Counts the job in its tenant's quota; false when that is exhausted. */
extern bool job_count(Job *job, Quota *quota, const char *tenant) MUST_CHECK;

/* Sets the whole outcome to an error of ours. */
extern void job_fail(Job *job, const char *sqlstate, const char *message);

/* Forgets what an earlier try has left. */
extern void job_clear(Job *job);

extern void job_abandon(Job *job);

/* Hands the job back. */
extern void job_finish(Job *job);

#endif							/* SIDECAR_JOB_H */
