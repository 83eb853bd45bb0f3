/*
 * test_scan.c: plain lines are read as they stand, and whatever is not plain is left to be read otherwise.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "verify/fields.h"
#include "verify/scan.h"

static const FieldSpec spec[] = {
	{"a", FIELD_TEXT}, {"n", FIELD_NUMBER}, {"type", FIELD_TEXT}, {NULL, FIELD_NONE}
};

static Field field[FIELDS_MAX];
static char line[256];

static bool
scans(const char *text)
{
	(void) snprintf(line, sizeof(line), "%s", text);
	return scan_members(line, strlen(line), spec, field);
}

static void
test_plain(void)
{
	CHECK("plain", scans("{\"a\":\"x\",\"n\":17,\"type\":\"t\"}"));
	CHECK("its members", strcmp(field[0].text, "x") == 0 && field[0].len == 1 &&
		  field[1].number == 17 && strcmp(field[2].text, "t") == 0);
	CHECK("escapes", scans("{\"a\":\"{\\\"b\\\":\\\"\\\\\\\\\\\"}\",\"n\":0,\"type\":\"\"}"));
	CHECK("are taken out", strcmp(field[0].text, "{\"b\":\"\\\\\"}") == 0 && field[0].len == 10 &&
		  field[1].number == 0 && field[2].len == 0);
	CHECK("18 digits", scans("{\"a\":\"\",\"n\":999999999999999999,\"type\":\"t\"}") &&
		  field[1].number == 999999999999999999);
}

static void
test_others(void)
{
	static const char *const others[] = {
		"", "{", "{}", "[]", "x",
		"{\"a\":\"x\",\"n\":17,\"type\":\"t\"", "{\"a\":\"x\",\"n\":17,\"type\":\"t\"}}",
		"{\"a\":\"x\",\"n\":17,\"type\":\"t\"} ", " {\"a\":\"x\",\"n\":17,\"type\":\"t\"}",
		"{\"a\": \"x\",\"n\":17,\"type\":\"t\"}", "{\"a\":\"x\", \"n\":17,\"type\":\"t\"}",
		"{\"n\":17,\"a\":\"x\",\"type\":\"t\"}", "{\"a\":\"x\",\"type\":\"t\"}",
		"{\"a\":\"x\",\"b\":1,\"n\":17,\"type\":\"t\"}", "{\"a\":\"x\",\"n\":17,\"type\":\"t\",\"u\":1}",
		"{\"a\":\"x\",\"n\":017,\"type\":\"t\"}", "{\"a\":\"x\",\"n\":,\"type\":\"t\"}",
		"{\"a\":\"x\",\"n\":-1,\"type\":\"t\"}", "{\"a\":\"x\",\"n\":1.0,\"type\":\"t\"}",
		"{\"a\":\"x\",\"n\":1e2,\"type\":\"t\"}", "{\"a\":\"x\",\"n\":1000000000000000000,\"type\":\"t\"}",
		"{\"a\":\"x\",\"n\":\"17\",\"type\":\"t\"}", "{\"a\":17,\"n\":17,\"type\":\"t\"}",
		"{\"a\":null,\"n\":17,\"type\":\"t\"}", "{\"a\":\"\\u0041\",\"n\":17,\"type\":\"t\"}",
		"{\"a\":\"\\/\",\"n\":17,\"type\":\"t\"}", "{\"a\":\"\\n\",\"n\":17,\"type\":\"t\"}",
		"{\"a\":\"\t\",\"n\":17,\"type\":\"t\"}", "{\"a\":\"\177\",\"n\":17,\"type\":\"t\"}",
		"{\"a\":\"\303\244\",\"n\":17,\"type\":\"t\"}", "{\"a\":\"x", "{\"a\":\"x\\", "{\"a\":\"x\\\"",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK(others[i], !scans(others[i]));
}

/* The long way and the short one read the same. */
static void
test_both(void)
{
	static const char *const plain = "{\"data\":\"{\\\"a\\\":1}\",\"index\":7,\"member\":\"in\",\"type\":\"payload\"}";
	static const char *const other = "{\"data\":\"\303\244\",\"index\":7,\"member\":\"in\",\"type\":\"payload\"}";
	static const char *const wrong = "{\"data\":\"\",\"index\":7,\"member\":\"in\",\"type\":\"entry\"}";
	Buf			text;
	Buf			again;
	Fields		fields;
	Failure		failure;

	buf_init(&text, 1024);
	buf_init(&again, 1024);
	CHECK("plain", buf_text(&text, plain) && fields_parse(&text, &again, &fields, &failure) &&
		  fields.object == NULL && fields.type == LINE_PAYLOAD &&
		  strcmp(fields.field[PAYLOAD_DATA].text, "{\"a\":1}") == 0 &&
		  fields.field[PAYLOAD_INDEX].number == 7);
	fields_free(&fields);
	CHECK("unchanged", strcmp(text.data, plain) == 0);
	buf_reset(&text);
	CHECK("other letters", buf_text(&text, other) &&
		  fields_parse(&text, &again, &fields, &failure) && fields.object != NULL &&
		  strcmp(fields.field[PAYLOAD_DATA].text, "\303\244") == 0 &&
		  fields.field[PAYLOAD_INDEX].number == 7);
	fields_free(&fields);
	buf_reset(&text);
	CHECK("another type", buf_text(&text, wrong) && !fields_parse(&text, &again, &fields, &failure));
	buf_free(&again);
	buf_free(&text);
}

int
main(void)
{
	test_plain();
	test_others();
	test_both();
	return check_close();
}
