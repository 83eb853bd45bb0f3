/*
 * jstring.c
 *		JSON's strings: reading them with their escapes, writing them with the fewest.
 *
 * Readers move *at behind what they have read and return false where the text is not JSON, or not a
 * string that PostgreSQL can hold (U+0000, half a surrogate pair); *at is then at the fault. Bytes
 * from 0x80 on are passed through: the text is UTF-8 already. Memory: "to" and "out" are the
 * caller's.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "jstring.h"

static bool
read_hex4(const char **at, const char *end, uint32 *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, (*at)++)
	{
		char		c = *at < end ? **at : '\0';

		if (c >= '0' && c <= '9')
			*unit = *unit << 4 | (uint32) (c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			*unit = *unit << 4 | (uint32) ((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	return true;
}

static void
append_utf8(StringInfo to, uint32 c)
{
	if (c < 0x80)
	{
		appendStringInfoChar(to, (char) c);
		return;
	}
	if (c < 0x800)
		appendStringInfoChar(to, (char) (0xC0 | c >> 6));
	else
	{
		if (c < 0x10000)
			appendStringInfoChar(to, (char) (0xE0 | c >> 12));
		else
		{
			appendStringInfoChar(to, (char) (0xF0 | c >> 18));
			appendStringInfoChar(to, (char) (0x80 | (c >> 12 & 0x3F)));
		}
		appendStringInfoChar(to, (char) (0x80 | (c >> 6 & 0x3F)));
	}
	appendStringInfoChar(to, (char) (0x80 | (c & 0x3F)));
}

/* Behind "\u": one character, of two units when the first is a high surrogate. */
static bool
read_unicode(const char **at, const char *end, StringInfo to)
{
	uint32		unit;
	uint32		low;

	if (!read_hex4(at, end, &unit) || unit == 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
		return false;
	if (unit >= 0xD800 && unit <= 0xDBFF)
	{
		if (end - *at < 2 || (*at)[0] != '\\' || (*at)[1] != 'u')
			return false;
		*at += 2;
		if (!read_hex4(at, end, &low) || low < 0xDC00 || low > 0xDFFF)
			return false;
		unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
	}
	append_utf8(to, unit);
	return true;
}

/* Behind a backslash. */
static bool
read_escape(const char **at, const char *end, StringInfo to)
{
	static const char from[] = "\"\\/bfnrt";
	static const char into[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (*at == end || **at == '\0')
		return false;
	if (**at == 'u')
	{
		(*at)++;
		return read_unicode(at, end, to);
	}
	found = strchr(from, **at);
	if (found == NULL)
		return false;
	(*at)++;
	appendStringInfoChar(to, into[found - from]);
	return true;
}

/* Behind the opening quote: the string without its escapes goes onto the end of "to". */
bool
jstring_read(const char **at, const char *end, StringInfo to)
{
	for (;;)
	{
		const char *run = *at;

		while (*at < end && (unsigned char) **at >= 0x20 && **at != '"' && **at != '\\')
			(*at)++;
		appendBinaryStringInfo(to, run, *at - run);
		if (*at == end || (unsigned char) **at < 0x20)
			return false;
		if (*(*at)++ == '"')
			return true;
		if (!read_escape(at, end, to))
			return false;
	}
}

static void
append_escaped(StringInfo out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char into[] = "\"\\bfnrt";
	const char *found = c == '\0' ? NULL : strchr(from, c);

	if (found != NULL)
	{
		appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, into[found - from]);
	}
	else
		appendStringInfo(out, "\\u%04x", c);
}

/* Only the quote, the backslash and the control characters below space are escaped. */
void
jstring_append(StringInfo out, const char *string, size_t len)
{
	size_t		run = 0;

	appendStringInfoChar(out, '"');
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) string[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		appendBinaryStringInfo(out, string + run, i - run);
		append_escaped(out, c);
		run = i + 1;
	}
	appendBinaryStringInfo(out, string + run, len - run);
	appendStringInfoChar(out, '"');
}
