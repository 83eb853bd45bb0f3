/*
 * lockcall.h: requests that change the lock of one version of an object, or delete it.
 *
 * Each is false only when the store could not be asked; *status is its answer, for the caller to judge.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_LOCKCALL_H
#define STORE_LOCKCALL_H

#include "store/s3.h"

/* bypass: also what is locked in GOVERNANCE mode is to be changed. */
extern bool lockcall_retain(S3 *s3, const char *key, const char *id, const char *mode,
							const char *until, bool bypass, long *status,
							Failure *failure) MUST_CHECK;
extern bool lockcall_hold(S3 *s3, const char *key, const char *id, bool on, long *status,
						  Failure *failure) MUST_CHECK;
extern bool lockcall_delete(S3 *s3, const char *key, const char *id, bool bypass, long *status,
							Failure *failure) MUST_CHECK;

#endif							/* STORE_LOCKCALL_H */
