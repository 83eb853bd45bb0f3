/*
 * queue.h
 *		Queueing jobs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_QUEUE_H
#define PORTARIUM_QUEUE_H

#include "nodes/execnodes.h"
#include "utils/uuid.h"

typedef struct Queue Queue;

extern Queue *queue_open(EState *estate, const pg_uuid_t *tenant, Datum name, uint32 spread);
extern void queue_add(Queue *queue, const pg_uuid_t *run, int32 epoch);
extern void queue_close(Queue *queue);

#endif							/* PORTARIUM_QUEUE_H */
