/*
 * progress.c: how far a verification has come.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRESS_EVERY 4096
#define PROGRESS_WIDTH 40

void
progress_tell(uint64_t before, uint64_t done, uint64_t all)
{
	static const char marks[] = "########################################";
	const int	part = all > 0 ? (int) ((double) done / (double) all * PROGRESS_WIDTH) : PROGRESS_WIDTH;

	if ((before / PROGRESS_EVERY == done / PROGRESS_EVERY && done != all) || isatty(STDERR_FILENO) == 0)
		return;
	(void) fprintf(stderr, "\r[%-*.*s] %3d %%  %" PRIu64 " of %" PRIu64 "%s", PROGRESS_WIDTH, part,
				   marks, part * 100 / PROGRESS_WIDTH, done, all, done == all ? "\n" : "");
}
