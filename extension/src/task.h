/*
 * task.h
 *		What a state asks of an executor.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_TASK_H
#define PORTARIUM_TASK_H

#include "row.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

typedef struct Task
{
	pg_uuid_t	tenant;
	int32		def_id;
	Datum		state;			/* texts are datums */
	Datum		adapter;
	Datum		operation;
	Jsonb	   *spec;
	int32		timeout_ms;
} Task;

typedef struct TaskBook
{
	RowReader	states;
	RowReader	adapters;
	Task	   *last;
} TaskBook;

extern void task_open(TaskBook *book);
extern const Task *task_find(TaskBook *book, const pg_uuid_t *tenant, int32 def_id, Datum state);
extern Jsonb *task_spec(const Task *task, int64 heartbeat_ms);
extern void task_close(TaskBook *book);

#endif							/* PORTARIUM_TASK_H */
