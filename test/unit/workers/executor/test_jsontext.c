/*
 * test_jsontext.c: what counts as JSON, and finding members without losing digits.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "executor/jsontext.h"
#include "executor/utf8.h"

static Slice
slice(const char *text)
{
	return (Slice) {text, strlen(text)};
}

static void
test_valid(void)
{
	static const char *const good[] = {
		"{}", "[]", " 1 ", "\"a\"", "null", "{\"a\":{\"a\":1}}", "12345678901234567890123", "1e308",
	};
	static const char *const bad[] = {
		"", "{", "{\"a\":1,\"a\":2}", "[1,]", "01", "1e309", "\"\\u0000\"", "\"\xff\"", "{} {}",
		"{'a':1}", "NaN", "\"\\ud800\"",
	};
	Failure		failure;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(good[i], jsontext_valid(slice(good[i]), &failure));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(bad[i], !jsontext_valid(slice(bad[i]), &failure));
}

static void
member(const char *object, const char *name, const char *expected)
{
	Slice		value;
	bool		found = jsontext_member(slice(object), name, &value);

	if (expected == NULL)
		CHECK(object, !found);
	else
		CHECK(object, found && value.len == strlen(expected) &&
			  memcmp(value.text, expected, value.len) == 0);
}

static void
test_members(void)
{
	member("{\"a\":12.10}", "a", "12.10");
	member("{\"a\":12345678901234567890}", "a", "12345678901234567890");
	member(" { \"b\" : [1, {\"a\": 2}] , \"a\" : \"x,}\" } ", "a", "\"x,}\"");
	member("{\"b\":{\"a\":1},\"a\":{\"]\":\"[\\\"\"}}", "a", "{\"]\":\"[\\\"\"}");
	member("{\"a\\\"\":1,\"a\":null}", "a", "null");
	member("{\"\\u0061\":true}", "a", "true");
	member("{\"a\":\"\\\\\"}", "a", "\"\\\\\"");
	member("{\"a\":-1}", "a", "-1");
	member("{\"b\":{\"a\":1}}", "a", NULL);
	member("{}", "a", NULL);
	member("[\"a\",1]", "a", NULL);
	member("\"a\"", "a", NULL);
	member("{\"ab\":1}", "a", NULL);
}

static void
test_decode(void)
{
	char	   *text = jsontext_decode(slice("\"\\u00e9\\n\\\"\""));

	CHECK("escapes are decoded", text != NULL && strcmp(text, "é\n\"") == 0);
	free(text);
	CHECK("white space around a text", jsontext_trim(slice(" \r\n\tx \n")).len == 1);
	CHECK("nothing but white space", jsontext_trim(slice(" \n")).len == 0);
}

static void
test_utf8(void)
{
	char		text[8];

	CHECK("UTF-8", utf8_valid("aé€𝄞", strlen("aé€𝄞")));
	CHECK("overlong", !utf8_valid("\xc0\xaf", 2));
	CHECK("surrogate", !utf8_valid("\xed\xa0\x80", 3));
	CHECK("above the last character", !utf8_valid("\xf4\x90\x80\x80", 4));
	CHECK("cut", !utf8_valid("\xe2\x82", 2));
	CHECK("zero byte", !utf8_valid("a\0b", 3));

	utf8_clean(text, sizeof(text), "a\nb\xff\x01", 5);
	CHECK("what is not text is marked", strcmp(text, "a b??") == 0);
	utf8_clean(text, sizeof(text), "abcdef€", 9);
	CHECK("a character that does not fit is left out", strcmp(text, "abcdef") == 0);
	utf8_clean(text, sizeof(text), "abcdefgh", 8);
	CHECK("cut to the size", strcmp(text, "abcdefg") == 0);
}

int
main(void)
{
	test_valid();
	test_members();
	test_decode();
	test_utf8();
	return check_close();
}
