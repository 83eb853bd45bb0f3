/*
 * executor.h: the executor's loop.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_EXECUTOR_H
#define EXECUTOR_EXECUTOR_H

#include "executor/settings.h"

/*
 * Runs until a signal, or with settings->once until nothing is left to do.  True when every job
 * was acknowledged; else failure says what was left.
 */
extern bool executor_run(const Settings *settings, Failure *failure) MUST_CHECK;

#endif							/* EXECUTOR_EXECUTOR_H */
