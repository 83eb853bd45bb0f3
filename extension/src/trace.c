/*
 * trace.c
 *		The trace that the caller is in: the C of portarium_int.current_trace() of sql/50_run.sql.
 *
 * W3C Trace Context, version 00: "00-" trace "-" parent "-" flags in lower-case hexadecimal, neither
 * id all zeros. What is not one is as if it were not there.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "fmgr.h"
#include "guc.h"
#include "trace.h"
#include "utils/builtins.h"

#define TRACE_AT 3
#define TRACE_SIZE 32
#define PARENT_AT 36
#define PARENT_SIZE 16
#define FLAGS_AT 53
#define FLAGS_SIZE 2

PG_FUNCTION_INFO_V1(portarium_trace_current);

static bool
is_hex(const char *given, size_t size)
{
	return strspn(given, "0123456789abcdef") >= size;
}

static bool
is_id(const char *given, size_t size)
{
	return is_hex(given, size) && strspn(given, "0") < size;
}

static bool
is_traceparent(const char *given)
{
	return strlen(given) == FLAGS_AT + FLAGS_SIZE && strncmp(given, "00-", TRACE_AT) == 0
		&& is_id(given + TRACE_AT, TRACE_SIZE) && given[PARENT_AT - 1] == '-'
		&& is_id(given + PARENT_AT, PARENT_SIZE) && given[FLAGS_AT - 1] == '-'
		&& is_hex(given + FLAGS_AT, FLAGS_SIZE);
}

/* NULL when there is none. */
const char *
trace_current(void)
{
	if (guc_traceparent == NULL || !is_traceparent(guc_traceparent))
		return NULL;
	return guc_traceparent;
}

Datum
portarium_trace_current(PG_FUNCTION_ARGS)
{
	const char *trace = trace_current();

	if (trace == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(trace));
}
