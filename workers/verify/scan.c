/*
 * scan.c: reading a line that is as plain as nearly all are.
 *
 * A canonical line can be written in one way only, so it is compared with that way while it is read:
 * nothing is built, and nothing is printed again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/scan.h"

#include <string.h>

/* more digits may not fit */
#define SCAN_DIGITS_MAX 18

/* What is still to be read. */
typedef struct Scan
{
	char	   *at;
	const char *end;
} Scan;

static bool
scan_char(Scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool
scan_word(Scan *scan, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t) (scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return false;
	scan->at += len;
	return true;
}

/* Eight times this byte. */
#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Is none of eight bytes a quote, a backslash or outside printable ASCII?  No for some that would do. */
static bool
scan_eight(const char *at)
{
	uint64_t	bytes;
	uint64_t	quote;
	uint64_t	backslash;

	memcpy(&bytes, at, sizeof(bytes));
	quote = bytes ^ EIGHT('"');
	backslash = bytes ^ EIGHT('\\');
	return ((bytes | (bytes + EIGHT(1)) | ((bytes - EIGHT(' ')) & ~bytes) |
			 ((quote - EIGHT(1)) & ~quote) | ((backslash - EIGHT(1)) & ~backslash)) &
			EIGHT(0x80)) == 0;
}

/* Behind what is in a text as it is. */
static const char *
scan_plain(const char *at, const char *end)
{
	while (end - at >= 8 && scan_eight(at))
		at += 8;
	while (at < end && *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\')
		at++;
	return at;
}

/* A text, whose escapes are taken out in its place; its NUL stands where its last quote was, or before. */
static bool
scan_text(Scan *scan, Field *field)
{
	char	   *to = scan->at;

	field->text = scan->at;
	for (;;)
	{
		char	   *start = scan->at;

		scan->at += scan_plain(start, scan->end) - start;
		if (to != start)
			memmove(to, start, (size_t) (scan->at - start));
		to += scan->at - start;
		if (scan->at == scan->end || (*scan->at != '"' && *scan->at != '\\'))
			return false;
		if (*scan->at++ == '"')
			break;
		if (scan->at == scan->end || (*scan->at != '"' && *scan->at != '\\'))
			return false;
		*to++ = *scan->at++;
	}
	*to = '\0';
	field->len = (size_t) (to - field->text);
	return true;
}

static bool
scan_number(Scan *scan, Field *field)
{
	const char *start = scan->at;

	field->number = 0;
	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9' &&
		   scan->at - start < SCAN_DIGITS_MAX)
		field->number = field->number * 10 + (*scan->at++ - '0');
	return scan->at > start && (*start != '0' || scan->at - start == 1);
}

bool
scan_members(char *line, size_t len, const FieldSpec *spec, Field *field)
{
	Scan		scan = {line, line + len};

	for (size_t i = 0; spec[i].kind != FIELD_NONE; i++)
	{
		if (!scan_char(&scan, i == 0 ? '{' : ',') || !scan_char(&scan, '"') ||
			!scan_word(&scan, spec[i].name) || !scan_word(&scan, "\":"))
			return false;
		if (spec[i].kind == FIELD_TEXT ?
			!scan_char(&scan, '"') || !scan_text(&scan, &field[i]) :
			spec[i].kind != FIELD_NUMBER || !scan_number(&scan, &field[i]))
			return false;
	}
	return scan_char(&scan, '}') && scan.at == scan.end;
}
