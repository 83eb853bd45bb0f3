/*
 * backoff.c: how long to wait before the next try.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/backoff.h"

#include <stdint.h>
#include <sys/random.h>

#include "common/clock.h"

/* Jitter needs to differ between processes, not to be secret. */
static uint32_t
backoff_random(void)
{
	uint32_t	value;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t) sizeof(value))
		value = (uint32_t) clock_wall_us();
	return value;
}

void
backoff_init(Backoff *backoff, int first_ms, int last_ms)
{
	backoff->first_ms = first_ms;
	backoff->last_ms = last_ms;
	backoff->step_ms = 0;
}

int
backoff_next(Backoff *backoff)
{
	int			half;

	if (backoff->step_ms == 0)
		backoff->step_ms = backoff->first_ms;
	else if (backoff->step_ms > backoff->last_ms / 2)
		backoff->step_ms = backoff->last_ms;
	else
		backoff->step_ms *= 2;

	half = backoff->step_ms / 2;
	return half + (int) (backoff_random() % (uint32_t) (backoff->step_ms - half + 1));
}

void
backoff_reset(Backoff *backoff)
{
	backoff->step_ms = 0;
}
