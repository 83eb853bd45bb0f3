/*
 * utf8.c: text of unknown origin as valid UTF-8.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/utf8.h"

#include <stdint.h>
#include <string.h>

/* The length of the valid sequence at bytes[0], 0 when there is none. */
static size_t
utf8_sequence(const unsigned char *bytes, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = bytes[0];
	size_t		need = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
	uint32_t	value;

	if (need == 1)
		return first != 0 ? 1 : 0;
	if (first < 0xC2 || first > 0xF4 || need > len)
		return 0;
	value = first & (0x7Fu >> need);
	for (size_t i = 1; i < need; i++)
	{
		if ((bytes[i] & 0xC0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3Fu);
	}
	if (value < least[need] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	return need;
}

bool
utf8_valid(const char *bytes, size_t len)
{
	size_t		at = 0;

	while (at < len)
	{
		size_t		step = utf8_sequence((const unsigned char *) bytes + at, len - at);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

void
utf8_clean(char *text, size_t size, const char *bytes, size_t len)
{
	size_t		out = 0;

	for (size_t at = 0; at < len;)
	{
		size_t		step = utf8_sequence((const unsigned char *) bytes + at, len - at);
		bool		shown = step > 1 || (step == 1 && (unsigned char) bytes[at] >= 0x20);

		if (out + (shown ? step : 1) >= size)
			break;
		if (shown)
			memcpy(text + out, bytes + at, step);
		else
			text[out] = bytes[at] == '\n' ? ' ' : '?';
		out += shown ? step : 1;
		at += step > 0 ? step : 1;
	}
	text[out] = '\0';
}
