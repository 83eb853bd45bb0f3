/*
 * log.h: one JSON object a line on stderr.
 *
 *     log_info("run claimed", log_text("run_id", id), log_number("attempt", 2));
 *     {"at":"…","level":"info","program":"portarium-executor","message":"run claimed",
 *      "run_id":"…","attempt":2}
 *
 * A line is built in a fixed buffer and written with one write(2), so lines of several processes
 * do not mix.  Values too long are cut.  Secrets, payloads and what a person wrote are never passed
 * to these functions; the words of a database or a library, which may quote them, go in by log_said.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"

typedef enum LogLevel
{
	LOGLEVEL_DEBUG,
	LOGLEVEL_INFO,
	LOGLEVEL_WARN,
	LOGLEVEL_ERROR
} LogLevel;

typedef enum LogRule
{
	LOGRULE_AS_IS,
	LOGRULE_SOME,				/* left out when it is empty */
	LOGRULE_UNQUOTED			/* what stands in double quotes is left out */
} LogRule;

typedef struct LogField
{
	const char *name;			/* NULL ends the list */
	const char *text;			/* NULL: the value is number */
	int64_t		number;
	LogRule		rule;
} LogField;

#define log_ruled(name_, text_, rule_) \
	((LogField) {(name_), (text_) != NULL ? (text_) : "", 0, (rule_)})
#define log_text(name_, text_) log_ruled(name_, text_, LOGRULE_AS_IS)
#define log_some(name_, text_) log_ruled(name_, text_, LOGRULE_SOME)
#define log_said(name_, text_) log_ruled(name_, text_, LOGRULE_UNQUOTED)
#define log_number(name_, number_) ((LogField) {(name_), NULL, (int64_t) (number_), LOGRULE_AS_IS})

/* The two fields that join a line with its span; "" for none. */
#define log_trace(trace_id_, span_id_) log_some("trace_id", trace_id_), log_some("span_id", span_id_)

/* program must stay valid; called once, before the first line. */
extern void log_start(const char *program, LogLevel level);

/* debug, info, warn or error; false for anything else. */
extern bool log_level_parse(const char *text, LogLevel *level) MUST_CHECK;

extern void log_line(LogLevel level, const char *message, const LogField *fields);

/* The message, then any number of fields. */
#define log_end ((LogField) {NULL, NULL, 0, LOGRULE_AS_IS})
#define log_fields(level_, message_, ...) \
	log_line((level_), (message_), (const LogField[]) {__VA_ARGS__})
#define log_at(level_, ...) log_fields((level_), __VA_ARGS__, log_end)
#define log_debug(...) log_at(LOGLEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOGLEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_at(LOGLEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOGLEVEL_ERROR, __VA_ARGS__)

#endif							/* COMMON_LOG_H */
