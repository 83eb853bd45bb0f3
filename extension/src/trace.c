/*
 * trace.c
 *		The trace that the caller is in.
 *
 * Most calls are in none, and then the setting is empty. What it may say otherwise is for
 * portarium_int.current_trace() of sql/50_run.sql to judge.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "fmgr.h"
#include "guc.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "trace.h"

static Oid
judging_function(void)
{
	List	   *name = list_make2(makeString("portarium_int"), makeString("current_trace"));

	return LookupFuncName(name, 0, NULL, false);
}

/* Text; 0 when there is none. */
Datum
trace_current(void)
{
	LOCAL_FCINFO(call, 0);
	FmgrInfo	function;
	Datum		trace;

	if (guc_traceparent == NULL || guc_traceparent[0] == '\0')
		return 0;
	fmgr_info(judging_function(), &function);
	InitFunctionCallInfoData(*call, &function, 0, InvalidOid, NULL, NULL);
	trace = FunctionCallInvoke(call);
	return call->isnull ? 0 : trace;
}
