/*
 * log.c: one JSON object a line on stderr.
 *
 * Every part of a line is appended only when it still fits with the closing "}\n", so a cut line
 * is still a whole JSON object.  A log that cannot be written is not worth dying for: the result
 * of write(2) is the one result that this program ignores.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"

#define LOG_LINE_MAX 4096
#define LOG_VALUE_MAX 1024

static const char *const log_level_names[] = {"debug", "info", "warn", "error"};

static const char *log_program = "portarium";
static LogLevel log_threshold = LOGLEVEL_INFO;

void
log_start(const char *program, LogLevel level)
{
	log_program = program;
	log_threshold = level;
}

bool
log_level_parse(const char *text, LogLevel *level)
{
	for (int i = LOGLEVEL_DEBUG; i <= LOGLEVEL_ERROR; i++)
	{
		if (strcmp(text, log_level_names[i]) == 0)
		{
			*level = (LogLevel) i;
			return true;
		}
	}
	return false;
}

/* At most LOG_VALUE_MAX bytes of text, never ending inside a UTF-8 sequence. */
static size_t
log_value_length(const char *text)
{
	size_t		len = strnlen(text, LOG_VALUE_MAX + 1);

	if (len <= LOG_VALUE_MAX)
		return len;
	len = LOG_VALUE_MAX;
	while (len > 0 && ((unsigned char) text[len] & 0xC0) == 0x80)
		len--;
	return len;
}

/* Appends ,"name":value; leaves the line as it was when it does not fit. */
static void
log_append(Buf *line, const LogField *field)
{
	size_t		before = line->len;
	const char *text = field->text;
	char		unquoted[LOG_VALUE_MAX + 1];
	bool		ok;

	if (field->rule == LOGRULE_SOME && text[0] == '\0')
		return;
	if (field->rule == LOGRULE_UNQUOTED)
	{
		failure_unquote(text, unquoted, sizeof(unquoted));
		text = unquoted;
	}
	ok = buf_char(line, ',') &&
		buf_json_string(line, field->name, strlen(field->name)) &&
		buf_char(line, ':');
	if (text != NULL)
		ok = ok && buf_json_string(line, text, log_value_length(text));
	else
		ok = ok && buf_printf(line, "%lld", (long long) field->number);
	if (!ok)
	{
		line->len = before;
		line->data[before] = '\0';
	}
}

void
log_line(LogLevel level, const char *message, const LogField *fields)
{
	char		at[CLOCK_TEXT_SIZE];
	Buf			line;

	if (level < log_threshold)
		return;

	buf_init(&line, LOG_LINE_MAX);
	clock_text(clock_wall_us(), at);
	if (buf_printf(&line, "{\"at\":\"%s\",\"level\":\"%s\",\"program\":\"%s\"",
				   at, log_level_names[level], log_program))
	{
		log_append(&line, &log_text("message", message));
		for (const LogField *field = fields; field->name != NULL; field++)
			log_append(&line, field);
		line.max += 2;			/* the room kept for the end of the line */
		if (buf_text(&line, "}\n"))
		{
			ssize_t		written = write(STDERR_FILENO, line.data, line.len);

			(void) written;
		}
	}
	buf_free(&line);
}
