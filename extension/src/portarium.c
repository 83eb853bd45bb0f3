/*
 * portarium.c
 *		The library of the native flavour.
 *
 * Settings, context and guard work in every session that loads the library, which the first call of
 * one of its functions does. Wake-ups across sessions, the launcher and the workers need it in
 * shared_preload_libraries.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "database_ddl.h"
#include "fmgr.h"
#include "guard.h"
#include "guc.h"
#include "launcher.h"
#include "miscadmin.h"
#include "shared.h"
#include "wake.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	guc_define();
	wake_init();
	guard_init();
	if (process_shared_preload_libraries_in_progress)
	{
		shared_request();
		launcher_register();
		database_ddl_init();
	}
}
