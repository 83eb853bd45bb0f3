/*
 * test_buf.c: the growing buffer keeps its maximum, its NUL and its content.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "common/buf.h"

static void
test_maximum(void)
{
	Buf			buf;

	buf_init(&buf, 10);
	CHECK("a new buffer is an empty string", buf.len == 0 && buf.data[0] == '\0');
	CHECK("ten bytes fit", buf_append(&buf, "0123456789", 10));
	CHECK("the eleventh does not", !buf_char(&buf, 'x'));
	CHECK("a refused append changes nothing", strcmp(buf.data, "0123456789") == 0);
	CHECK("nothing at all still fits", buf_append(&buf, "", 0));
	buf_free(&buf);
	CHECK("after free it is empty with the same maximum", buf.len == 0 && buf.max == 10);
	CHECK("and can be used again", buf_text(&buf, "again"));
	buf_free(&buf);

	buf_init(&buf, 0);
	CHECK("a maximum of 0 takes nothing", !buf_char(&buf, 'x') && buf_text(&buf, ""));
	buf_free(&buf);
}

static void
test_growth(void)
{
	Buf			buf;
	bool		ok = true;

	buf_init(&buf, 100000);
	for (int i = 0; i < 100000; i++)
		ok = ok && buf_char(&buf, (char) ('a' + i % 26));
	CHECK("it grows up to its maximum", ok && buf.len == 100000);
	CHECK("capacity is clamped to maximum and NUL", buf.cap == 100001);
	CHECK("content survives growth", buf.data[25] == 'z' && buf.data[99999] == 'a' + 99999 % 26);
	buf_free(&buf);
}

static void
test_printf(void)
{
	Buf			buf;

	buf_init(&buf, 12);
	CHECK("printf appends", buf_printf(&buf, "%d-%s", 42, "abc") && strcmp(buf.data, "42-abc") == 0);
	CHECK("printf of nothing", buf_printf(&buf, "%s", "") && buf.len == 6);
	CHECK("printf over the maximum is refused whole", !buf_printf(&buf, "%s", "1234567"));
	CHECK("and leaves the content", strcmp(buf.data, "42-abc") == 0);
	buf_free(&buf);
}

static void
test_json(void)
{
	static const char raw[] = "a\"b\\c\n\r\t\x01é";
	Buf			buf;

	buf_init(&buf, 64);
	CHECK("a JSON string is escaped", buf_json_string(&buf, raw, sizeof(raw) - 1) &&
		  strcmp(buf.data, "\"a\\\"b\\\\c\\n\\r\\t\\u0001é\"") == 0);
	buf_free(&buf);

	buf_init(&buf, 8);
	CHECK("the prefix fits", buf_text(&buf, "1234"));
	CHECK("a string that does not fit is taken back",
		  !buf_json_string(&buf, "abc", 3) && strcmp(buf.data, "1234") == 0);
	buf_free(&buf);
}

static void
test_consume(void)
{
	Buf			buf;

	buf_init(&buf, 64);
	CHECK("text", buf_text(&buf, "abcdef"));
	buf_consume(&buf, 2);
	CHECK("the first bytes are dropped", strcmp(buf.data, "cdef") == 0 && buf.len == 4);
	buf_consume(&buf, 4);
	CHECK("all of them", buf.len == 0 && buf.data[0] == '\0');
	buf_free(&buf);
}

int
main(void)
{
	test_maximum();
	test_growth();
	test_printf();
	test_json();
	test_consume();
	return check_close();
}
