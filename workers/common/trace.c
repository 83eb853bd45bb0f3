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
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/hex.h"

#define TRACE_SAMPLED 1u		/* the flags */
#define TRACE_RANDOM 2u

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

/* key=value, value of printable characters; the caller has cut at commas. */
static bool
trace_is_member(const char *text, size_t len)
{
	size_t		key = 0;

	while (key < len && text[key] != '\0' && strchr("abcdefghijklmnopqrstuvwxyz0123456789_-*/@", text[key]) != NULL)
		key++;
	if (key == 0 || strchr("_-*/@", text[0]) != NULL || key + 1 >= len || text[key] != '=')
		return false;
	for (size_t i = key + 1; i < len; i++)
	{
		if (text[i] < ' ' || text[i] > '~' || text[i] == '=')
			return false;
	}
	return true;
}

static bool
trace_is_state(const char *text, size_t len)
{
	const char *comma = memchr(text, ',', len);

	while (comma != NULL)
	{
		if (!trace_is_member(text, (size_t) (comma - text)))
			return false;
		len -= (size_t) (comma + 1 - text);
		text = comma + 1;
		for (; len > 0 && (*text == ' ' || *text == '\t'); text++)
			len--;
		comma = memchr(text, ',', len);
	}
	return trace_is_member(text, len);
}

void
trace_add_state(Trace *trace, const char *text, size_t len)
{
	size_t		used = strlen(trace->state);
	size_t		comma = used > 0;

	if (used + comma + len > TRACE_STATE_MAX || !trace_is_state(text, len))
		return;
	(void) snprintf(trace->state + used, sizeof(trace->state) - used, "%s%.*s", comma ? "," : "",
					(int) len, text);
}

bool
trace_parse(Trace *trace, const char *text, size_t len)
{
	const size_t parent = TRACE_TEXT_SIZE - 1;
	unsigned char flags;
	char		digits[3] = "";

	memset(trace, 0, sizeof(*trace));
	if (len < parent || (len > parent && text[parent] != ' ') || memcmp(text, "00-", 3) != 0 ||
		text[35] != '-' || text[52] != '-' || !trace_is_hex(text + 3, 32) ||
		!trace_is_hex(text + 36, 16))
		return false;
	memcpy(digits, text + 53, 2);
	if (!hex_decode(digits, &flags, 1))
		return false;
	memcpy(trace->trace_id, text + 3, 32);
	memcpy(trace->span_id, text + 36, 16);
	trace->sampled = (flags & TRACE_SAMPLED) != 0;
	trace->random = (flags & TRACE_RANDOM) != 0;
	if (len > parent)
		trace_add_state(trace, text + parent + 1, len - parent - 1);
	return true;
}

void
trace_text(const Trace *trace, char text[TRACE_TEXT_SIZE])
{
	(void) snprintf(text, TRACE_TEXT_SIZE, "00-%s-%s-%02x", trace->trace_id, trace->span_id,
					(trace->sampled ? TRACE_SAMPLED : 0u) | (trace->random ? TRACE_RANDOM : 0u));
}

void
trace_context(const Trace *trace, char text[TRACE_CONTEXT_SIZE])
{
	trace_text(trace, text);
	if (trace->state[0] != '\0')
		(void) snprintf(text + TRACE_TEXT_SIZE - 1, TRACE_CONTEXT_SIZE - TRACE_TEXT_SIZE + 1, " %s",
						trace->state);
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

/*
 * Consistent probability sampling: the last 56 bits of the id are the trace's random number, and
 * those at or above the threshold are sampled.  Sixteen bits of threshold are enough for percents.
 */
static void
trace_sample(Trace *trace, int percent)
{
	const unsigned threshold = (unsigned) (100 - percent) * 65536u / 100;
	char		digits[5];
	size_t		len = 4;

	memcpy(digits, trace->trace_id + 18, 4);
	digits[4] = '\0';
	trace->sampled = strtoul(digits, NULL, 16) >= threshold;
	if (!trace->sampled)
		return;
	(void) snprintf(digits, sizeof(digits), "%04x", threshold & 0xFFFFu);
	while (len > 1 && digits[len - 1] == '0')
		len--;
	(void) snprintf(trace->state, sizeof(trace->state), "ot=th:%.*s", (int) len, digits);
}

Trace
trace_new(int sample_percent)
{
	Trace		trace = {.random = true};

	if (trace_random(trace.trace_id, 16) && trace_random(trace.span_id, 8))
		trace_sample(&trace, sample_percent);
	else
		memset(&trace, 0, sizeof(trace));
	return trace;
}
