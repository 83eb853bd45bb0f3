/*
 * inspect.h: whether this kernel gives programs the sandbox that they are to have.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_INSPECT_H
#define EXECUTOR_INSPECT_H

#include <stdbool.h>

#include "executor/sandbox.h"

/*
 * Runs a program in the sandbox.  When that fails: an error; or, if a weak sandbox is accepted, the
 * layers that cannot be had are taken out of it and *lacking names them (else it is NULL).
 */
extern bool inspect_sandbox(Sandbox *sandbox, bool weak, const char **lacking,
							Failure *failure) MUST_CHECK;

#endif							/* EXECUTOR_INSPECT_H */
