/*
 * canonical.c
 *		Canonical JSON (RFC 8785) from JSON text, in one pass.
 *
 * The text is read from left to right and each value is written as soon as it is read. An object's
 * members are written in the order in which they come, and where each one is written is remembered;
 * if they were not in order, they are put in order at the object's end, within the bytes that the
 * object has. Members sort by the UTF-16 code units of their names.
 *
 * Memory: out is the caller's. What is kept of the members of all open objects grows with the text,
 * is bounded by its size, which the caller bounds, and is freed at the end. Recursion is bounded by
 * the profile.
 *
 * Faults are returned, not raised, so that this file runs in a test program, too. The text is
 * UTF-8; the caller's database has seen to that.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include <math.h>

#include "canonical.h"
#include "jstring.h"
#include "members.h"
#include "miscadmin.h"
#include "number.h"

#define MAX_SAFE_INTEGER 9007199254740991.0

typedef struct Reader
{
	const char *start;
	const char *at;
	const char *end;
	CanonicalProfile profile;
	StringInfo	out;
	Members		members;		/* of all open objects */
	StringInfoData scratch;		/* an unescaped string value */
	CanonicalResult result;
} Reader;

static bool read_value(Reader *reader, int depth);

static bool
fail(Reader *reader, CanonicalFault fault)
{
	reader->result.fault = fault;
	reader->result.offset = reader->at - reader->start;
	return false;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(Reader *reader)
{
	while (reader->at < reader->end && is_space(*reader->at))
		reader->at++;
}

/* The next byte that is not space, or NUL at the end; NUL itself is nowhere allowed. */
static char
peek(Reader *reader)
{
	skip_space(reader);
	return reader->at < reader->end ? *reader->at : '\0';
}

static bool
take(Reader *reader, char wanted)
{
	if (peek(reader) != wanted)
		return fail(reader, CANONICAL_MALFORMED);
	reader->at++;
	return true;
}

/* A string, unescaped, onto the end of "to". */
static bool
read_string(Reader *reader, StringInfo to)
{
	if (!take(reader, '"'))
		return false;
	return jstring_read(&reader->at, reader->end, to) || fail(reader, CANONICAL_MALFORMED);
}

static bool
read_string_value(Reader *reader)
{
	resetStringInfo(&reader->scratch);
	if (!read_string(reader, &reader->scratch))
		return false;
	jstring_append(reader->out, reader->scratch.data, reader->scratch.len);
	return true;
}

static bool
skip_digits(Reader *reader)
{
	const char *first = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > first || fail(reader, CANONICAL_MALFORMED);
}

/* The grammar of RFC 8259. */
static bool
skip_number(Reader *reader)
{
	if (*reader->at == '-')
		reader->at++;
	if (reader->at < reader->end && *reader->at == '0')
		reader->at++;
	else if (!skip_digits(reader))
		return false;
	if (reader->at < reader->end && *reader->at == '.')
	{
		reader->at++;
		if (!skip_digits(reader))
			return false;
	}
	if (reader->at < reader->end && (*reader->at | 0x20) == 'e')
	{
		reader->at++;
		if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-'))
			reader->at++;
		if (!skip_digits(reader))
			return false;
	}
	return true;
}

static bool
append_number(Reader *reader, const char *number, size_t len)
{
	char		written[NUMBER_TEXT_SIZE];
	double		value = strtod(number, NULL);

	if (isinf(value))
		return fail(reader, CANONICAL_INFINITE);
	if (reader->profile.integers
		&& (!number_is_integer(number, len) || fabs(value) > MAX_SAFE_INTEGER))
		return fail(reader, CANONICAL_NOT_INTEGER);
	appendBinaryStringInfo(reader->out, written, number_write(value, written));
	return true;
}

static bool
read_number(Reader *reader)
{
	const char *first = reader->at;
	char	   *number;
	size_t		len;
	bool		good;

	if (!skip_number(reader))
		return false;
	len = reader->at - first;
	/* strtod wants an end */
	number = pnstrdup(first, len);
	good = append_number(reader, number, len);
	pfree(number);
	return good;
}

static bool
read_word(Reader *reader, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return fail(reader, CANONICAL_MALFORMED);
	reader->at += len;
	appendBinaryStringInfo(reader->out, word, len);
	return true;
}

static bool
read_array(Reader *reader, int depth)
{
	reader->at++;
	appendStringInfoChar(reader->out, '[');
	if (peek(reader) != ']')
	{
		for (;;)
		{
			if (!read_value(reader, depth))
				return false;
			if (peek(reader) != ',')
				break;
			reader->at++;
			appendStringInfoChar(reader->out, ',');
		}
	}
	appendStringInfoChar(reader->out, ']');
	return take(reader, ']');
}

static bool
read_member(Reader *reader, int depth)
{
	/* by number, not by pointer: reading the value may move the stack */
	size_t		i = members_add(&reader->members, reader->out->len);
	StringInfo	names = &reader->members.names;
	size_t		name = names->len;

	if (!read_string(reader, names))
		return false;
	members_set_name(&reader->members, i, name);
	jstring_append(reader->out, names->data + name, names->len - name);
	appendStringInfoChar(reader->out, ':');
	if (!take(reader, ':') || !read_value(reader, depth))
		return false;
	members_set_end(&reader->members, i, reader->out->len);
	return true;
}

static bool
finish_object(Reader *reader, size_t first)
{
	reader->result.member = members_sort(&reader->members, first, reader->out);
	return reader->result.member == NULL || fail(reader, CANONICAL_DUPLICATE);
}

static bool
read_object(Reader *reader, int depth)
{
	size_t		first = reader->members.count;
	size_t		names_len = reader->members.names.len;

	reader->at++;
	appendStringInfoChar(reader->out, '{');
	if (peek(reader) != '}')
	{
		for (;;)
		{
			if (!read_member(reader, depth))
				return false;
			if (peek(reader) != ',')
				break;
			reader->at++;
			appendStringInfoChar(reader->out, ',');
		}
	}
	if (!take(reader, '}') || !finish_object(reader, first))
		return false;
	appendStringInfoChar(reader->out, '}');
	members_drop(&reader->members, first, names_len);
	return true;
}

/* depth: how many containers are open around the value. */
static bool
read_value(Reader *reader, int depth)
{
	char		c = peek(reader);

	CHECK_FOR_INTERRUPTS();
	if (c == '{' || c == '[')
	{
		check_stack_depth();
		if (depth == reader->profile.max_depth)
			return fail(reader, CANONICAL_TOO_DEEP);
		return c == '{' ? read_object(reader, depth + 1) : read_array(reader, depth + 1);
	}
	if (c == '"')
		return read_string_value(reader);
	if (c == 't')
		return read_word(reader, "true");
	if (c == 'f')
		return read_word(reader, "false");
	if (c == 'n')
		return read_word(reader, "null");
	if (c == '-' || (c >= '0' && c <= '9'))
		return read_number(reader);
	return fail(reader, CANONICAL_MALFORMED);
}

/*
 * Writes the canonical form of the text onto the end of "out". When the result is a fault, what was
 * written means nothing.
 */
CanonicalResult
canonical_write(const char *json, size_t len, CanonicalProfile profile, StringInfo out)
{
	Reader		reader = {.start = json,.at = json,.end = json + len,.profile = profile,.out = out};

	members_init(&reader.members);
	initStringInfo(&reader.scratch);
	if (read_value(&reader, 0))
	{
		skip_space(&reader);
		if (reader.at < reader.end)
			fail(&reader, CANONICAL_MALFORMED);
	}
	members_free(&reader.members);
	pfree(reader.scratch.data);
	return reader.result;
}
