/*
 * fault.c: places where a test build of the notary can be made to die.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/fault.h"

#ifdef NOTARY_FAULTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void
fault_point(const char *name)
{
	const char *wanted = getenv("NOTARY_FAULT");

	if (wanted != NULL && strcmp(wanted, name) == 0)
		(void) raise(SIGKILL);
}

#endif
