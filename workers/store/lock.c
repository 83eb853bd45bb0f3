/*
 * lock.c: how long an object may not be deleted, and what a store says of that.
 *
 * Times of S3 are UTC to the second; some servers add a fraction.  Texts of that form are in the
 * order of the times.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/lock.h"

#include <string.h>
#include <time.h>

/* "2026-01-31T12:00:00", without fraction and zone */
#define LOCK_SECONDS_LEN 19

bool
lock_mode_known(const char *mode)
{
	return strcmp(mode, "COMPLIANCE") == 0 || strcmp(mode, "GOVERNANCE") == 0;
}

void
lock_until(const Lock *lock, char text[LOCK_TIME_SIZE])
{
	const time_t end = time(NULL) + (time_t) lock->seconds;
	struct tm	utc;

	text[0] = '\0';
	if (gmtime_r(&end, &utc) != NULL)
		(void) strftime(text, LOCK_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

bool
lock_reaches(const char *given, const char *asked)
{
	const size_t len = strlen(given);

	return len > LOCK_SECONDS_LEN && given[len - 1] == 'Z' &&
		strncmp(given, asked, LOCK_SECONDS_LEN) >= 0;
}
