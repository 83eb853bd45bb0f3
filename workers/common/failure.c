/*
 * failure.c: why a checked call did not succeed.
 *
 * Messages longer than the struct are cut; nothing is allocated, so reporting cannot fail.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/failure.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void
failure_fill(Failure *failure, const char *sqlstate, const char *format, va_list args)
{
	if (failure == NULL)
		return;
	(void) snprintf(failure->sqlstate, sizeof(failure->sqlstate), "%s",
					sqlstate != NULL ? sqlstate : "");
	(void) vsnprintf(failure->message, sizeof(failure->message), format, args);
}

void
failure_set(Failure *failure, const char *format, ...)
{
	va_list		args;

	va_start(args, format);
	failure_fill(failure, NULL, format, args);
	va_end(args);
}

void
failure_set_sqlstate(Failure *failure, const char *sqlstate, const char *format, ...)
{
	va_list		args;

	va_start(args, format);
	failure_fill(failure, sqlstate, format, args);
	va_end(args);
}

void
failure_unquote(const char *text, char *out, size_t size)
{
	static const char left_out[] = "\"…";
	size_t		len = 0;
	bool		quoted = false;

	for (; *text != '\0' && len + sizeof(left_out) < size; text++)
	{
		if (*text == '"' && !quoted)
		{
			memcpy(out + len, left_out, sizeof(left_out) - 1);
			len += sizeof(left_out) - 1;
		}
		else if (*text == '"' || !quoted)
			out[len++] = *text;
		quoted = quoted != (*text == '"');
	}
	out[len] = '\0';
}
