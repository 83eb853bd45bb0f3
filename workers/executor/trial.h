/*
 * trial.h: one attempt of one operation, without the database.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_TRIAL_H
#define EXECUTOR_TRIAL_H

#include "executor/settings.h"

/*
 * Reads from stdin what exchange would give, a JSON object of tenant_id, adapter, spec, input,
 * idempotency_key and timeout_ms, does it as any job is done, and prints the acknowledgement.
 * False: it could not be tried.
 */
extern bool trial_run(const Settings *settings, Failure *failure) MUST_CHECK;

#endif							/* EXECUTOR_TRIAL_H */
