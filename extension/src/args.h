/*
 * args.h
 *		Arguments of SQL functions.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_ARGS_H
#define PORTARIUM_ARGS_H

#include "fmgr.h"
#include "utils/lsyscache.h"

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

/* What an array is of, for a function that returns one. */
static inline Oid
args_element_returned(FunctionCallInfo fcinfo)
{
	return get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
}

#endif							/* PORTARIUM_ARGS_H */
