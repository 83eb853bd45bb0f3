/*
 * test_jsonscan.c
 *		The JSON scanner: what it lets through, what it refuses and with which code, and its walks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "jsonscan.h"
#include "maxima.h"

/* The SQLSTATE of the refusal, "" when the text is fine.  The copy is exact, so ASan sees overruns. */
static const char *
scan(const char *text, size_t len)
{
	static Failure failure;
	char	   *copy = malloc(len + 1);
	bool		fine;

	memcpy(copy, text, len);
	copy = realloc(copy, len > 0 ? len : 1);
	failure = (Failure) {"", ""};
	fine = jsonscan_check((Span) {copy, len}, &failure);
	free(copy);
	return fine ? "" : failure.sqlstate;
}

#define SCAN(text_, code_) CHECK(text_, strcmp(scan(text_, sizeof(text_) - 1), code_) == 0)

static void
test_accepted(void)
{
	SCAN("{}", "");
	SCAN("[]", "");
	SCAN(" { \"a\" : [ 1 , -2.5e+3 , true , false , null , \"x\" , { } ] } ", "");
	SCAN("0", "");
	SCAN("-0.0e-308", "");
	SCAN("\"\\ud83d\\ude00 \\u00e9 \\n\\/\"", "");
	SCAN("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "");
	SCAN("{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}", "");
	SCAN("{\"\":1,\"a\":2,\"ab\":3}", "");
}

static void
test_malformed(void)
{
	static const char *const texts[] = {
		"", " ", "{", "[", "}", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[,1]", "{a:1}",
		"{'a':1}", "01", "1.", ".5", "1e", "1e+", "-", "+1", "nul", "truex", "NaN", "Infinity", "1 2",
		"\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u000g\"", "\"\\u0000\"", "\"\\ud800\"",
		"\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\t\"", "\"\x80\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
		"\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\xef\xbb\xbf{}", "[1]]", "{\"a\":1}}", "/**/1", "[1}",
		"{\"a\":1 \"b\":2}", "[1 2]", "{\"a\",1}", "0x10", "1_0", "--1",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK(texts[i], strcmp(scan(texts[i], strlen(texts[i])), "UP001") == 0);
	CHECK("NUL byte", strcmp(scan("\"a\0b\"", 5), "UP001") == 0);
}

static void
test_duplicates(void)
{
	SCAN("{\"a\":1,\"a\":2}", "UP003");
	SCAN("{\"a\":1,\"\\u0061\":2}", "UP003");
	SCAN("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", "UP003");
	SCAN("[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]", "UP003");
	SCAN("{\"b\":1,\"x\":{\"b\":1},\"a\":2,\"b\":3}", "UP003");
	SCAN("{\"\":1,\"\":2}", "UP003");
}

/* Writes count times piece between head and tail; the caller frees. */
static char *
repeat(const char *head, const char *piece, size_t count, const char *tail)
{
	char	   *text = malloc(strlen(head) + strlen(piece) * count + strlen(tail) + 1);
	char	   *at = stpcpy(text, head);

	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, piece);
	stpcpy(at, tail);
	return text;
}

static void
check_repeat(const char *name, char *text, const char *code)
{
	CHECK(name, strcmp(scan(text, strlen(text)), code) == 0);
	free(text);
}

static void
test_limits(void)
{
	SCAN("1e308", "");
	SCAN("1e309", "UP004");
	SCAN("1E-309", "UP004");
	SCAN("[1e131071]", "UP004");
	SCAN("1e99999999999999999999", "UP004");
	check_repeat("64 digits", repeat("", "7", 64, ""), "");
	check_repeat("65 digits", repeat("", "7", 65, ""), "UP004");
	check_repeat("65 digits around the point", repeat("1.", "7", 64, ""), "UP004");
	check_repeat("depth 64", repeat("", "[", 64, "1") , "UP001");
	check_repeat("depth 65", repeat("", "[", 65, "1"), "UP005");
	check_repeat("very deep", repeat("", "{\"a\":", 100000, ""), "UP005");
	check_repeat("tokens", repeat("[", "1,", LIMIT_JSON_TOKENS - 2, "1]"), "");
	check_repeat("too many tokens", repeat("[", "1,", LIMIT_JSON_TOKENS - 1, "1]"), "UP005");
	check_repeat("long string", repeat("\"", "x", LIMIT_JSON_STRING - 2, "\""), "");
	check_repeat("too long string", repeat("\"", "x", LIMIT_JSON_STRING - 1, "\""), "UP005");
}

static void
test_walk(void)
{
	Span		text = span_of(" {\"a\" : [1, {\"b\":\"}\"}] , \"c\\\"\":\"x,y\", \"d\":{}} ");
	JsonWalk	walk;
	Span		name;
	Span		value;

	CHECK("opens", jsonscan_open(&walk, text) && walk.object);
	CHECK("first", jsonscan_next(&walk, &name, &value) && span_is(name, "\"a\"") &&
		  span_is(value, "[1, {\"b\":\"}\"}]"));
	CHECK("second", jsonscan_next(&walk, &name, &value) && span_is(name, "\"c\\\"\"") &&
		  span_is(value, "\"x,y\""));
	CHECK("third", jsonscan_next(&walk, &name, &value) && span_is(name, "\"d\"") &&
		  span_is(value, "{}"));
	CHECK("end", !jsonscan_next(&walk, &name, &value));
	CHECK("end stays", !jsonscan_next(&walk, &name, &value));
	CHECK("scalar does not open", !jsonscan_open(&walk, span_of("1")));
	CHECK("empty opens", jsonscan_open(&walk, span_of("[ ]")) &&
		  !jsonscan_next(&walk, &name, &value));
}

static void
test_unquote(void)
{
	Buf			out;

	buf_init(&out, 100);
	CHECK("unquotes", jsonscan_unquote(span_of("\"a\\n\\\"\\u00e9\\ud83d\\ude00\\/z\""), &out) &&
		  strcmp(out.data, "a\n\"\xc3\xa9\xf0\x9f\x98\x80/z") == 0);
	buf_free(&out);
}

/* Whatever bytes come, the scanner ends, stays inside them, and what it accepts can be walked. */
static void
test_mutations(void)
{
	static const char seed[] = "{\"a\":[1,-2.5e3,true,null,\"x\\u0041\\ud83d\\ude00\"],\"b\":{\"c\":\"\xc3\xa9\"}}";
	static const char bytes[] = "{}[]\",:\\u0123456789abcdef.eE+-ntrlsf \x80\xc3\xff\x01";
	unsigned int state = 42;
	int			accepted = 0;

	for (int round = 0; round < 20000; round++)
	{
		char		text[sizeof(seed)];
		JsonWalk	walk;
		Span		name;
		Span		value;
		Failure		failure;

		memcpy(text, seed, sizeof(seed));
		for (int i = 0; i < 1 + round % 3; i++)
			text[rand_r(&state) % (sizeof(seed) - 1)] = bytes[rand_r(&state) % (sizeof(bytes) - 1)];
		if (!jsonscan_check((Span) {text, sizeof(seed) - 1}, &failure))
			continue;
		accepted++;
		if (jsonscan_open(&walk, (Span) {text, sizeof(seed) - 1}))
			while (jsonscan_next(&walk, &name, &value))
				if (value.len == 0)
					CHECK("a value is empty", false);
	}
	CHECK("some mutants are still JSON", accepted > 100);
}

int
main(void)
{
	test_accepted();
	test_malformed();
	test_duplicates();
	test_limits();
	test_walk();
	test_unquote();
	test_mutations();
	return check_close();
}
