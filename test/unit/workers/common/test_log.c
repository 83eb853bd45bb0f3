/*
 * test_log.c: a log line is one JSON object, whatever is in it.
 *
 * The test redirects stderr into a pipe and reads back what one call wrote.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "common/log.h"

static char line[16384];
static int	pipe_fds[2];

/* The object that was just logged, NULL when it is not exactly one JSON line. */
static json_t *
logged(void)
{
	ssize_t		len = read(pipe_fds[0], line, sizeof(line) - 1);

	if (len <= 0 || line[len - 1] != '\n' || memchr(line, '\n', (size_t) len) != line + len - 1)
		return NULL;
	return json_loadb(line, (size_t) len, JSON_REJECT_DUPLICATES, NULL);
}

static void
test_fields(void)
{
	json_t	   *object;

	log_info("said", log_text("who", "a \"b\"\n"), log_number("n", -3));
	object = logged();
	CHECK("one object", object != NULL);
	CHECK("message", strcmp(json_string_value(json_object_get(object, "message")), "said") == 0);
	CHECK("level", strcmp(json_string_value(json_object_get(object, "level")), "info") == 0);
	CHECK("text", strcmp(json_string_value(json_object_get(object, "who")), "a \"b\"\n") == 0);
	CHECK("number", json_integer_value(json_object_get(object, "n")) == -3);
	json_decref(object);
}

/* What somebody else quotes is nobody's business; a field that may be missing is. */
static void
test_rules(void)
{
	static const struct
	{
		const char *said;
		const char *kept;
	}			cases[] = {
		{"no quotes", "no quotes"}, {"", ""}, {"relation \"x\" is not there", "relation \"…\" is not there"},
		{"\"a\" \"b\"", "\"…\" \"…\""}, {"it began \"and went on", "it began \"…"}, {"\"\"", "\"…\""},
	};
	char		small[8];
	json_t	   *object;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		log_info("said", log_said("reason", cases[i].said), log_trace("", "0123456789abcdef"));
		object = logged();
		CHECK(cases[i].said, object != NULL &&
			  strcmp(json_string_value(json_object_get(object, "reason")), cases[i].kept) == 0);
		CHECK("what is empty is left out", json_object_get(object, "trace_id") == NULL &&
			  strcmp(json_string_value(json_object_get(object, "span_id")), "0123456789abcdef") == 0);
		json_decref(object);
	}
	failure_unquote("123 \"456\" 789", small, sizeof(small));
	CHECK("cut where there is no more room", strlen(small) < sizeof(small) && strstr(small, "4") == NULL);
}

static void
test_long(void)
{
	char		text[5000];
	json_t	   *object;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text + 1023, "é", strlen("é"));
	log_error("long", log_text("a", text), log_text("b", text), log_text("c", text),
			  log_text("d", text), log_text("e", text), log_number("z", 1));
	object = logged();
	CHECK("a line that is cut is still an object", object != NULL);
	CHECK("a value is cut at a character",
		  json_string_length(json_object_get(object, "a")) == 1023);
	CHECK("what still fits is there", json_integer_value(json_object_get(object, "z")) == 1);
	json_decref(object);
}

static void
test_level(void)
{
	LogLevel	level;
	json_t	   *object;

	log_debug("below the threshold");
	log_warn("above");
	object = logged();
	CHECK("only lines of the level and above",
		  strcmp(json_string_value(json_object_get(object, "message")), "above") == 0);
	json_decref(object);
	CHECK("a level's name", log_level_parse("warn", &level) && level == LOGLEVEL_WARN);
	CHECK("not a level's name", !log_level_parse("loud", &level));
}

int
main(void)
{
	if (pipe(pipe_fds) != 0 || dup2(pipe_fds[1], STDERR_FILENO) < 0)
		return 1;
	log_start("test", LOGLEVEL_INFO);
	test_fields();
	test_rules();
	test_long();
	test_level();
	return check_close();
}
