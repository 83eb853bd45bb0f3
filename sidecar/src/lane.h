/*
 * lane.h: several pipelines of one kind and the queue before them.
 *
 *      lane_submit ──► queue (bounded, one second) ──► pipeline with the fewest in flight ──► done
 *
 * A read that was in flight on a connection that is lost goes to the head of the queue, once; any
 * other call fails with 08007: whether it was committed is not known.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_LANE_H
#define SIDECAR_LANE_H

#include "common/failure.h"
#include "job.h"
#include "loop.h"
#include "pipeline.h"

typedef struct Lane
{
	Loop	   *loop;
	PipelineRules rules;
	int			depth;			/* jobs in flight per connection */
	int			connections;
	Pipeline   *pipelines;
	Job		   *first;			/* the queue */
	Job		   *last;
	int			queued;
	Timer		timer;			/* when the head of the queue has waited long enough */
} Lane;

extern bool lane_open(Lane *lane, Loop *loop, const PipelineRules *rules, int connections,
					  int depth, Failure *failure) MUST_CHECK;
extern void lane_close(Lane *lane);

/* False when the queue is full; the job then stays with the caller. */
extern bool lane_submit(Lane *lane, Job *job) MUST_CHECK;

/* Connections that are up, jobs in flight on them. */
extern int	lane_up(const Lane *lane);
extern int	lane_in_flight(const Lane *lane);

#endif							/* SIDECAR_LANE_H */
