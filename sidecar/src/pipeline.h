/*
 * pipeline.h: one database connection in libpq's pipeline mode.
 *
 *      DOWN ──backoff──► CONNECTING ──► SETUP ──► UP
 *       ▲                    │            │        │
 *       └────────────────────┴────────────┴────────┘   refused, lost, or silent for too long
 *
 * A job is sent as one batch, [deallocate][prepare][context][statement][Sync], which is one
 * transaction; it is finished at its Sync and not before, because an error of the commit comes
 * after the rows.  Jobs in flight form a queue in the order they were sent, which is the order of
 * the answers.  An error in one batch leaves the next ones alone.
 *
 * The pipeline never frees a job that is in flight and never decides what becomes of those that a
 * lost connection leaves behind: both go to its owner through the two callbacks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_PIPELINE_H
#define SIDECAR_PIPELINE_H

#include <libpq-fe.h>

#include "common/backoff.h"
#include "common/pgconn.h"
#include "flight.h"
#include "job.h"
#include "loop.h"

typedef enum PipelineState
{
	PIPELINE_DOWN,
	PIPELINE_CONNECTING,
	PIPELINE_SETUP,
	PIPELINE_UP
} PipelineState;

/* What every connection of a lane has in common. */
typedef struct PipelineRules
{
	const PgTarget *target;
	const char *lane;			/* for the log */
	const char *setup_sql;		/* run once; $1 read only, $2 statement_timeout */
	const char *context_sql;	/* run in each batch; $1 context, $2 traceparent */
	bool		read_only;
	int			timeout_ms;		/* statement_timeout; an answer that is much later is lost */
} PipelineRules;

typedef struct PipelineOwner
{
	void	   *owner;
	void		(*up) (void *owner);	/* a pipeline became usable */
	void		(*answered) (void *owner, Job *job);	/* it has its outcome; a place is free */
	void		(*lost) (void *owner, Job *jobs);	/* those in flight, oldest first */
} PipelineOwner;

typedef struct Pipeline
{
	Loop	   *loop;
	const PipelineRules *rules;
	PipelineOwner owner;
	PipelineState state;
	PGconn	   *conn;
	Watch		watch;
	Timer		timer;			/* next attempt, end of the attempt, or oldest job's deadline */
	Backoff		backoff;
	Flight		flight;
	bool		setup_failed;
} Pipeline;

/* Begins to connect.  The struct stays where it is until pipeline_close. */
extern void pipeline_open(Pipeline *pipeline, Loop *loop, const PipelineRules *rules,
						  PipelineOwner owner);
extern void pipeline_close(Pipeline *pipeline);

/* Only while UP.  When the connection turns out to be lost, `lost` gets the job too. */
extern void pipeline_send(Pipeline *pipeline, Job *job);

#endif							/* SIDECAR_PIPELINE_H */
