/*
 * outcome.h: how an action ended.
 *
 *     done      the output is known
 *     error     it failed, and the name of the error says how; Retry and Catch may match it
 *     unknown   it may have had its effect, nobody can tell from here; it must not be run again
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_OUTCOME_H
#define EXECUTOR_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

#define OUTCOME_ERROR_MAX 128
#define OUTCOME_CAUSE_MAX 512

typedef enum OutcomeKind
{
	OUTCOME_NONE,				/* not ended yet */
	OUTCOME_DONE,
	OUTCOME_ERROR,
	OUTCOME_UNKNOWN
} OutcomeKind;

typedef struct Outcome
{
	OutcomeKind kind;
	Buf			output;			/* JSON text; set for OUTCOME_DONE only */
	char		error[OUTCOME_ERROR_MAX];
	char		cause[OUTCOME_CAUSE_MAX];	/* UTF-8, one line */
} Outcome;

extern void outcome_init(Outcome *outcome);
extern void outcome_free(Outcome *outcome);

/* Takes the buffer's memory; the buffer is empty afterwards. */
extern void outcome_done(Outcome *outcome, Buf *output);
extern void outcome_error(Outcome *outcome, const char *error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
extern void outcome_unknown(Outcome *outcome, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whose outcome it is. */
typedef struct OutcomeOf
{
	const char *run_id;
	int64_t		token;
	const char *weak;			/* what the sandbox lacked; NULL: nothing */
	int64_t		retry_after_ms;	/* the destination asked to be left alone for so long; 0: it did not */
} OutcomeOf;

/* Appends the acknowledgement as one JSON object; false when acks is full. */
extern bool outcome_ack(const Outcome *outcome, const OutcomeOf *of, Buf *acks) MUST_CHECK;

#endif							/* EXECUTOR_OUTCOME_H */
