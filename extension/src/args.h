/*
 * args.h
 *		Arguments of SQL functions.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_ARGS_H
#define PORTARIUM_ARGS_H

#include "fmgr.h"

/*
 * A function's owner may alter STRICT away, so C that dereferences its arguments looks for itself.
 */
static inline bool
args_have_null(FunctionCallInfo fcinfo)
{
	for (int i = 0; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i))
			return true;
	}
	return false;
}

#endif							/* PORTARIUM_ARGS_H */
