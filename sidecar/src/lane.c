/*
 * lane.c: several pipelines of one kind and the queue before them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "lane.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_WAIT_MS 1000

static const char lost_read[] = "the connection to the database was lost";
static const char lost_write[] =
	"the connection to the database was lost; whether the call was committed is not known";

static void
push_last(Lane *lane, Job *job)
{
	job->next = NULL;
	if (lane->last == NULL)
		lane->first = job;
	else
		lane->last->next = job;
	lane->last = job;
	lane->queued++;
}

static void
push_first(Lane *lane, Job *job)
{
	job->next = lane->first;
	lane->first = job;
	if (lane->last == NULL)
		lane->last = job;
	lane->queued++;
}

static Job *
pop_first(Lane *lane)
{
	Job		   *job = lane->first;

	lane->first = job->next;
	if (lane->first == NULL)
		lane->last = NULL;
	lane->queued--;
	job->next = NULL;
	return job;
}

static Pipeline *
find_place(Lane *lane)
{
	Pipeline   *best = NULL;

	for (int i = 0; i < lane->connections; i++)
	{
		Pipeline   *pipeline = &lane->pipelines[i];

		if (pipeline->state == PIPELINE_UP && pipeline->flight.count < lane->depth &&
			(best == NULL || pipeline->flight.count < best->flight.count))
			best = pipeline;
	}
	return best;
}

static void
watch_queue(Lane *lane)
{
	if (lane->first == NULL)
		timer_unset(&lane->loop->timers, &lane->timer);
	else
		timer_set(&lane->loop->timers, &lane->timer, lane->first->since_ms + QUEUE_WAIT_MS);
}

/* Sends what waits to whoever has a place. */
static void
drain_queue(Lane *lane)
{
	Pipeline   *pipeline;

	if (lane->first == NULL)
		return;
	while (lane->first != NULL && (pipeline = find_place(lane)) != NULL)
	{
		Job		   *job = pop_first(lane);

		if (job->done == NULL)
			job_free(job);		/* nobody waits for it any more */
		else
			pipeline_send(pipeline, job);
	}
	watch_queue(lane);
}

static void
on_queue_timer(void *owner)
{
	Lane	   *lane = owner;

	while (lane->first != NULL && lane->first->since_ms + QUEUE_WAIT_MS <= lane->loop->now_ms)
	{
		Job		   *job = pop_first(lane);

		job_fail(job, "53300", "no database connection became free in time");
		job_finish(job);
	}
	watch_queue(lane);
}

static void
on_up(void *owner)
{
	drain_queue(owner);
}

static void
on_answered(void *owner, Job *job)
{
	drain_queue(owner);
	job_finish(job);
}

static void
on_lost(void *owner, Job *jobs)
{
	Lane	   *lane = owner;
	Job		   *repeat = NULL;

	while (jobs != NULL)
	{
		Job		   *job = jobs;

		jobs = job->next;
		if (job->may_repeat && job->tries++ == 0)
		{
			job_clear(job);
			job->since_ms = lane->loop->now_ms;
			job->next = repeat;
			repeat = job;
			continue;
		}
		if (job->may_repeat)
			job_fail(job, "08006", lost_read);
		else
			job_fail(job, "08007", lost_write);
		job_finish(job);
	}
	/* gathered newest first, so the oldest ends up at the head again */
	while (repeat != NULL)
	{
		Job		   *job = repeat;

		repeat = job->next;
		push_first(lane, job);
	}
	watch_queue(lane);
}

bool
lane_open(Lane *lane, Loop *loop, const PipelineRules *rules, int connections, int depth,
		  Failure *failure)
{
	PipelineOwner owner = {lane, on_up, on_answered, on_lost};

	memset(lane, 0, sizeof(*lane));
	lane->loop = loop;
	lane->rules = *rules;
	lane->depth = depth;
	lane->timer = (Timer) {0, 0, on_queue_timer, lane};
	lane->pipelines = calloc((size_t) connections, sizeof(Pipeline));
	if (lane->pipelines == NULL)
	{
		failure_set(failure, "out of memory for the %s lane", rules->lane);
		return false;
	}
	lane->connections = connections;
	for (int i = 0; i < connections; i++)
		pipeline_open(&lane->pipelines[i], loop, &lane->rules, owner);
	return true;
}

void
lane_close(Lane *lane)
{
	timer_unset(&lane->loop->timers, &lane->timer);
	for (int i = 0; i < lane->connections; i++)
		pipeline_close(&lane->pipelines[i]);
	free(lane->pipelines);
	while (lane->first != NULL)
		job_free(pop_first(lane));
}

bool
lane_submit(Lane *lane, Job *job)
{
	Pipeline   *pipeline = lane->first == NULL ? find_place(lane) : NULL;

	if (pipeline != NULL)
	{
		pipeline_send(pipeline, job);
		return true;
	}
	if (lane->queued >= LIMIT_LANE_QUEUE)
		return false;
	job->since_ms = lane->loop->now_ms;
	push_last(lane, job);
	watch_queue(lane);
	return true;
}

int
lane_up(const Lane *lane)
{
	int			count = 0;

	for (int i = 0; i < lane->connections; i++)
		count += lane->pipelines[i].state == PIPELINE_UP;
	return count;
}

int
lane_in_flight(const Lane *lane)
{
	int			count = 0;

	for (int i = 0; i < lane->connections; i++)
		count += lane->pipelines[i].flight.count;
	return count;
}
