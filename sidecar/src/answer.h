/*
 * answer.h: what comes back on a pipeline, result by result.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_ANSWER_H
#define SIDECAR_ANSWER_H

#include "pipeline.h"

/* Takes the results that are there; true when the setup batch has come to its Sync. */
extern bool answer_setup(Pipeline *pipeline);

/* The next job that has come to its Sync, taken out of the queue; NULL when none has. */
extern Job *answer_next(Pipeline *pipeline);

#endif							/* SIDECAR_ANSWER_H */
