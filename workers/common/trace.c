/*
 * trace.c: W3C Trace Context.
 *
 * Ids are random, from the kernel.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/trace.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/hex.h"

static bool
trace_is_hex(const char *text, size_t len)
{
	bool		zero = true;

	for (size_t i = 0; i < len; i++)
	{
		bool		digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');

		if (!digit)
			return false;
		zero = zero && text[i] == '0';
	}
	return !zero;
}

bool
trace_parse(Trace *trace, const char *text, size_t len)
{
	unsigned char flags;
	char		digits[3] = "";

	memset(trace, 0, sizeof(*trace));
	if (len != TRACE_TEXT_SIZE - 1 || memcmp(text, "00-", 3) != 0 || text[35] != '-' ||
		text[52] != '-' || !trace_is_hex(text + 3, 32) || !trace_is_hex(text + 36, 16))
		return false;
	memcpy(digits, text + 53, 2);
	if (!hex_decode(digits, &flags, 1))
		return false;
	memcpy(trace->trace_id, text + 3, 32);
	memcpy(trace->span_id, text + 36, 16);
	trace->sampled = (flags & 1) != 0;
	return true;
}

void
trace_text(const Trace *trace, char text[TRACE_TEXT_SIZE])
{
	(void) snprintf(text, TRACE_TEXT_SIZE, "00-%s-%s-%s", trace->trace_id, trace->span_id,
					trace->sampled ? "01" : "00");
}

/* Without random bytes from the kernel there is no new id: no trace. */
static bool
trace_random(char *text, size_t len)
{
	unsigned char bytes[16];

	if (getrandom(bytes, len, GRND_NONBLOCK) != (ssize_t) len)
		return false;
	bytes[0] |= 1;				/* never all zero */
	hex_encode(bytes, len, text);
	return true;
}

Trace
trace_child(const Trace *parent)
{
	Trace		child = *parent;

	if (parent->trace_id[0] == '\0' || !trace_random(child.span_id, 8))
		memset(&child, 0, sizeof(child));
	return child;
}

Trace
trace_new(void)
{
	Trace		trace = {.sampled = true};

	if (!trace_random(trace.trace_id, 16) || !trace_random(trace.span_id, 8))
		memset(&trace, 0, sizeof(trace));
	return trace;
}
