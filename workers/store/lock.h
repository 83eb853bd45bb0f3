/*
 * lock.h: how long an object may not be deleted, and what a store says of that.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"

/* "2026-01-31T12:00:00Z" and its NUL */
#define LOCK_TIME_SIZE 21

typedef struct Lock
{
	const char *mode;			/* COMPLIANCE or GOVERNANCE */
	int64_t		seconds;		/* from now on */
} Lock;

extern bool lock_mode_known(const char *mode) MUST_CHECK;

/* The end of a lock that begins now, as S3 writes it. */
extern void lock_until(const Lock *lock, char text[LOCK_TIME_SIZE]);

/* Is a time that the store gave at or behind the one that was asked for? */
extern bool lock_reaches(const char *given, const char *asked) MUST_CHECK;

#endif							/* STORE_LOCK_H */
