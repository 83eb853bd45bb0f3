/*
 * outcome.c: how an action ended.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "executor/utf8.h"

static void
outcome_cause(Outcome *outcome, const char *format, va_list args)
{
	char		raw[OUTCOME_CAUSE_MAX];

	(void) vsnprintf(raw, sizeof(raw), format, args);
	utf8_clean(outcome->cause, sizeof(outcome->cause), raw, strlen(raw));
}

void
outcome_init(Outcome *outcome)
{
	outcome->kind = OUTCOME_NONE;
	outcome->error[0] = '\0';
	outcome->cause[0] = '\0';
	buf_init(&outcome->output, 0);
}

void
outcome_free(Outcome *outcome)
{
	buf_free(&outcome->output);
	outcome_init(outcome);
}

void
outcome_done(Outcome *outcome, Buf *output)
{
	outcome_free(outcome);
	outcome->kind = OUTCOME_DONE;
	outcome->output = *output;
	buf_init(output, output->max);
}

void
outcome_error(Outcome *outcome, const char *error, const char *format, ...)
{
	va_list		args;

	outcome_free(outcome);
	outcome->kind = OUTCOME_ERROR;
	(void) snprintf(outcome->error, sizeof(outcome->error), "%s", error);
	va_start(args, format);
	outcome_cause(outcome, format, args);
	va_end(args);
}

void
outcome_unknown(Outcome *outcome, const char *format, ...)
{
	va_list		args;

	outcome_free(outcome);
	outcome->kind = OUTCOME_UNKNOWN;
	va_start(args, format);
	outcome_cause(outcome, format, args);
	va_end(args);
}

bool
outcome_ack(const Outcome *outcome, const OutcomeOf *of, Buf *acks)
{
	bool		ok;

	ok = buf_printf(acks, "{\"run_id\":\"%s\",\"token\":%lld,", of->run_id, (long long) of->token);
	if (of->weak != NULL)
		ok = ok && buf_printf(acks, "\"weak\":\"%s\",", of->weak);
	if (of->retry_after_ms > 0)
		ok = ok && buf_printf(acks, "\"retry_after_ms\":%lld,", (long long) of->retry_after_ms);
	if (outcome->kind == OUTCOME_DONE)
		return ok && buf_text(acks, "\"output\":") &&
			buf_append(acks, outcome->output.data, outcome->output.len) && buf_char(acks, '}');

	if (outcome->kind == OUTCOME_UNKNOWN)
		ok = ok && buf_text(acks, "\"unknown\":true,");
	else
		ok = ok && buf_text(acks, "\"error\":") &&
			buf_json_string(acks, outcome->error, strlen(outcome->error)) && buf_char(acks, ',');
	return ok && buf_text(acks, "\"cause\":") &&
		buf_json_string(acks, outcome->cause, strlen(outcome->cause)) && buf_char(acks, '}');
}
