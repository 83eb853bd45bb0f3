/*
 * clock.h
 *		Time in Unix's count.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_CLOCK_H
#define PORTARIUM_CLOCK_H

#include "datatype/timestamp.h"
#include "utils/timestamp.h"

/* From PostgreSQL's epoch to Unix's, in microseconds. */
#define CLOCK_UNIX_OFFSET ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

static inline int64
clock_unix_us(void)
{
	return GetCurrentTimestamp() + CLOCK_UNIX_OFFSET;
}

#endif							/* PORTARIUM_CLOCK_H */
