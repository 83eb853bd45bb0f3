/*
 * clock.c: the two clocks of a daemon.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/clock.h"

#include <stdio.h>
#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall_us(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
	time_t		seconds = (time_t) (wall_us / 1000000);
	struct tm	utc;
	char		second[20];

	(void) gmtime_r(&seconds, &utc);
	(void) strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &utc);
	(void) snprintf(text, CLOCK_TEXT_SIZE, "%s.%06dZ", second, (int) (wall_us % 1000000));
}
