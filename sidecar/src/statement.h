/*
 * statement.h: the text of one SQL statement and the values of its parameters.
 *
 * Text is only ever appended as a literal of the program or as a name of the catalogue, which is
 * quoted here; whatever a client sent becomes a parameter.  An append that fails (too long, out of
 * memory) marks the whole statement as failed; statement_ok is asked once, at the end.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_STATEMENT_H
#define SIDECAR_STATEMENT_H

#include "common/buf.h"
#include "maxima.h"
#include "span.h"

typedef struct Statement
{
	Buf			sql;
	Buf			values;			/* each followed by a NUL */
	size_t		offsets[LIMIT_STATEMENT_PARAMS];	/* into values; STATEMENT_NULL */
	int			param_count;
	bool		failed;
} Statement;

#define STATEMENT_NULL ((size_t) -1)

extern void statement_init(Statement *statement);
extern void statement_free(Statement *statement);

extern void statement_text(Statement *statement, const char *sql);
extern void statement_name(Statement *statement, const char *name);

/* Appends $n for the value. */
extern void statement_value(Statement *statement, Span value);
extern void statement_null(Statement *statement);

/*
 * For values that are made in pieces: statement_open appends $n and gives the buffer to write
 * to; statement_close ends the value (false marks the statement as failed).
 */
extern Buf *statement_open(Statement *statement);
extern void statement_close(Statement *statement, bool written);

extern bool statement_ok(const Statement *statement);

/* The value of a parameter, NULL for null; valid until the next append. */
extern const char *statement_param(const Statement *statement, int param);

#endif							/* SIDECAR_STATEMENT_H */
