/*
 * ready.c: the line that tells a supervisor that a daemon can work.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/ready.h"

#include <stdio.h>

void
ready_line(const char *program, const char *detail)
{
	(void) printf("%s ready%s%s\n", program, detail != NULL ? " " : "",
				  detail != NULL ? detail : "");
	(void) fflush(stdout);
}
