/*
 * h_worker.h: POST /worker/<call>, for a tenant's own workers.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_H_WORKER_H
#define SIDECAR_H_WORKER_H

#include "request.h"

/* name: register, exchange or heartbeat. */
extern void h_worker(Request *request, Span name);

#endif							/* SIDECAR_H_WORKER_H */
