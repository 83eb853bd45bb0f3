/*
 * guc.c
 *		The settings, all of them; the prefix "portarium" is reserved last.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "compat.h"
#include "context.h"
#include "guc.h"

/* Four ticks in the time in which an entry is promised to be sealed, a fifth of a second. */
#define TICK_DELAY_DEFAULT 50

bool		guc_guard = true;
bool		guc_scheduler = true;
int			guc_tick_delay = TICK_DELAY_DEFAULT;

char	   *guc_traceparent;

static void
define_context(void)
{
	context_begin_loading();
	DefineCustomStringVariable("portarium.ctx",
							   "Sets the context token of the current transaction.",
							   "It is wiped at the end of the transaction.",
							   &context_guc,
							   "",
							   PGC_USERSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   context_check_guc,
							   context_assign_guc,
							   NULL);
	context_end_loading();
}

void
guc_define(void)
{
	define_context();
	DefineCustomBoolVariable("portarium.guard",
							 "Sets whether evidence is guarded against TRUNCATE, DROP and ALTER.",
							 NULL, &guc_guard, true, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("portarium.scheduler",
							 "Sets whether the background workers do what is due.",
							 "When off, portarium.tick() must be called from outside.",
							 &guc_scheduler, true, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("portarium.tick_delay",
							"Sets the shortest time between two ticks of a background worker.",
							NULL, &guc_tick_delay, TICK_DELAY_DEFAULT, 1, 10000,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomStringVariable("portarium.traceparent",
							   "Sets the W3C trace context of the runs that are started.",
							   NULL, &guc_traceparent, "", PGC_USERSET, 0, NULL, NULL, NULL);
	compat_reserve_prefix("portarium");
}
