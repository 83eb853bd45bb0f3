/*
 * jsonscan.c: the check of a JSON body, one pass, no recursion.
 *
 * The scanner keeps a stack of open containers (at most LIMIT_JSON_DEPTH) and a stack of the
 * member names of all open objects.  The names of an object lie together on top of the second
 * stack when the object closes; they are sorted there, neighbours compared, and dropped.  So
 * duplicates cost n log n whatever names a caller picks.  Names with escapes are compared as what
 * they stand for; those are kept in an arena that lives as long as the check.
 *
 *      names:   [ outer a, outer b | inner x, inner y, inner z ]
 *                 ^ level 0          ^ level 1 first_name      ^ name_count
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "jsonscan.h"

#include <stdint.h>
#include <stdlib.h>

#include "jsontext.h"
#include "maxima.h"

typedef struct Name
{
	size_t		offset;			/* into the arena or the text */
	size_t		len;
	bool		in_arena;
	const char *at;				/* set for sorting only: the arena moves while it grows */
} Name;

typedef struct Level
{
	bool		object;
	size_t		first_name;
} Level;

typedef struct Scan
{
	const char *start;
	const char *at;
	const char *end;
	Level		levels[LIMIT_JSON_DEPTH];
	int			depth;
	int			tokens;
	Name	   *names;
	size_t		name_count;
	size_t		name_room;
	Buf			arena;
	Failure    *failure;
} Scan;

static bool
refuse(Scan *scan, const char *sqlstate, const char *what)
{
	failure_set_sqlstate(scan->failure, sqlstate, "%s at byte %zu", what,
						 (size_t) (scan->at - scan->start));
	return false;
}

static void
skip_space(Scan *scan)
{
	while (scan->at < scan->end &&
		   (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

static bool
take(Scan *scan, char c)
{
	skip_space(scan);
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool
scan_string(Scan *scan, Span *string)
{
	size_t		len;
	bool		valid = jsontext_string(scan->at, (size_t) (scan->end - scan->at), &len);

	if (!valid)
	{
		scan->at += len;
		return refuse(scan, "UP001", "malformed JSON string");
	}
	if (len > LIMIT_JSON_STRING)
		return refuse(scan, "UP005", "JSON string is too long");
	*string = (Span) {scan->at, len};
	scan->at += len;
	return true;
}

static bool
scan_number(Scan *scan)
{
	JsonNumber	number;

	if (!jsontext_number(scan->at, (size_t) (scan->end - scan->at), &number))
		return refuse(scan, "UP001", "malformed JSON number");
	if (number.digits > LIMIT_NUMBER_DIGITS)
		return refuse(scan, "UP004", "JSON number has more than 64 digits");
	if (number.exponent > LIMIT_NUMBER_EXPONENT)
		return refuse(scan, "UP004", "JSON number has an exponent beyond 308");
	scan->at += number.len;
	return true;
}

static bool
scan_word(Scan *scan, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return refuse(scan, "UP001", "malformed JSON");
	scan->at += len;
	return true;
}

static bool
push_name(Scan *scan, Span string)
{
	Name		name = {(size_t) (string.at + 1 - scan->start), string.len - 2, false, NULL};

	if (scan->name_count == scan->name_room)
	{
		size_t		room = scan->name_room == 0 ? 32 : scan->name_room * 2;
		Name	   *names = realloc(scan->names, room * sizeof(Name));

		if (names == NULL)
			return refuse(scan, "UP005", "out of memory for JSON names");
		scan->names = names;
		scan->name_room = room;
	}
	if (memchr(string.at, '\\', string.len) != NULL)
	{
		name.offset = scan->arena.len;
		name.in_arena = true;
		if (!jsonscan_unquote(string, &scan->arena))
			return refuse(scan, "UP005", "out of memory for JSON names");
		name.len = scan->arena.len - name.offset;
	}
	scan->names[scan->name_count++] = name;
	return true;
}

static int
compare_names(const void *left, const void *right)
{
	const Name *a = left;
	const Name *b = right;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->at, b->at, a->len);
}

/* The names of the object that closes are on top of the stack: refuse a pair, drop them. */
static bool
close_object(Scan *scan, size_t first)
{
	size_t		count = scan->name_count - first;
	Name	   *names = scan->names + first;

	scan->name_count = first;
	if (count < 2)
		return true;
	for (size_t i = 0; i < count; i++)
		names[i].at = (names[i].in_arena ? scan->arena.data : scan->start) + names[i].offset;
	qsort(names, count, sizeof(Name), compare_names);
	for (size_t i = 1; i < count; i++)
		if (compare_names(&names[i - 1], &names[i]) == 0)
			return refuse(scan, "UP003", "duplicate JSON member in the object that ends");
	return true;
}

static bool
scan_name(Scan *scan)
{
	Span		name = {NULL, 0};

	skip_space(scan);
	if (scan->at == scan->end || *scan->at != '"')
		return refuse(scan, "UP001", "malformed JSON");
	if (!scan_string(scan, &name) || !push_name(scan, name))
		return false;
	if (!take(scan, ':'))
		return refuse(scan, "UP001", "malformed JSON");
	return true;
}

/* Enters a container; *complete when it is empty and so already closed. */
static bool
scan_open(Scan *scan, bool object, bool *complete)
{
	scan->at++;
	if (take(scan, object ? '}' : ']'))
	{
		*complete = true;
		return true;
	}
	if (scan->depth == LIMIT_JSON_DEPTH)
		return refuse(scan, "UP005", "JSON is nested deeper than 64");
	scan->levels[scan->depth++] = (Level) {object, scan->name_count};
	*complete = false;
	return !object || scan_name(scan);
}

static bool
scan_value(Scan *scan, bool *complete)
{
	Span		string;

	*complete = true;
	skip_space(scan);
	if (scan->at == scan->end)
		return refuse(scan, "UP001", "JSON ends too early");
	if (++scan->tokens > LIMIT_JSON_TOKENS)
		return refuse(scan, "UP005", "JSON has more than 100000 values");
	switch (*scan->at)
	{
		case '{':
			return scan_open(scan, true, complete);
		case '[':
			return scan_open(scan, false, complete);
		case '"':
			return scan_string(scan, &string);
		case 't':
			return scan_word(scan, "true");
		case 'f':
			return scan_word(scan, "false");
		case 'n':
			return scan_word(scan, "null");
		default:
			return scan_number(scan);
	}
}

/* A value is complete: close what closes, stop at a comma or at the end of everything. */
static bool
scan_after_value(Scan *scan)
{
	while (scan->depth > 0)
	{
		Level	   *level = &scan->levels[scan->depth - 1];

		if (take(scan, ','))
			return !level->object || scan_name(scan);
		if (!take(scan, level->object ? '}' : ']'))
			return refuse(scan, "UP001", "malformed JSON");
		if (level->object && !close_object(scan, level->first_name))
			return false;
		scan->depth--;
	}
	return true;
}

static bool
scan_text(Scan *scan)
{
	bool		complete;

	do
	{
		if (!scan_value(scan, &complete))
			return false;
		if (complete && !scan_after_value(scan))
			return false;
	} while (scan->depth > 0);
	skip_space(scan);
	if (scan->at != scan->end)
		return refuse(scan, "UP001", "text after the end of the JSON value");
	return true;
}

bool
jsonscan_check(Span text, Failure *failure)
{
	Scan		scan = {.start = text.at, .at = text.at, .end = text.at + text.len,
		.failure = failure};
	bool		valid;

	buf_init(&scan.arena, text.len + 1);
	valid = scan_text(&scan);
	buf_free(&scan.arena);
	free(scan.names);
	return valid;
}

/* The end of the value that starts at at, in text that is known to be valid. */
static const char *
value_end(const char *at, const char *end)
{
	int			depth = 0;

	while (at < end)
	{
		if (*at == '"')
		{
			for (at++; *at != '"'; at++)
				if (*at == '\\')
					at++;
		}
		else if (*at == '{' || *at == '[')
			depth++;
		else if (depth == 0 && (*at == ',' || *at == '}' || *at == ']' || *at == ':'))
			return at;
		else if (*at == '}' || *at == ']')
			depth--;
		at++;
	}
	return at;
}

static Span
next_span(JsonWalk *walk)
{
	Span		span;

	while (strchr(" \t\r\n,:", *walk->at) != NULL)
		walk->at++;
	span.at = walk->at;
	walk->at = value_end(walk->at, walk->end);
	span.len = (size_t) (walk->at - span.at);
	while (span.len > 0 && strchr(" \t\r\n", span.at[span.len - 1]) != NULL)
		span.len--;
	return span;
}

bool
jsonscan_open(JsonWalk *walk, Span text)
{
	while (text.len > 0 && strchr(" \t\r\n", *text.at) != NULL)
	{
		text.at++;
		text.len--;
	}
	if (text.len == 0 || (*text.at != '{' && *text.at != '['))
		return false;
	*walk = (JsonWalk) {text.at + 1, text.at + text.len, *text.at == '{'};
	return true;
}

bool
jsonscan_next(JsonWalk *walk, Span *name, Span *value)
{
	Span		span = next_span(walk);

	if (span.len == 0)
		return false;
	if (walk->object)
	{
		*name = span;
		span = next_span(walk);
	}
	*value = span;
	return true;
}

bool
jsonscan_unquote(Span string, Buf *out)
{
	return jsontext_unquote(string.at + 1, string.len - 2, out);
}
