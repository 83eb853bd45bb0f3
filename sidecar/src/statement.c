/*
 * statement.c: the text of one SQL statement and the values of its parameters.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "statement.h"

void
statement_init(Statement *statement)
{
	buf_init(&statement->sql, LIMIT_STATEMENT_TEXT);
	buf_init(&statement->values, LIMIT_STATEMENT_VALUES);
	statement->param_count = 0;
	statement->failed = false;
}

void
statement_free(Statement *statement)
{
	buf_free(&statement->sql);
	buf_free(&statement->values);
}

void
statement_text(Statement *statement, const char *sql)
{
	if (!buf_text(&statement->sql, sql))
		statement->failed = true;
}

void
statement_name(Statement *statement, const char *name)
{
	bool		fine = buf_char(&statement->sql, '"');

	for (; fine && *name != '\0'; name++)
		fine = (*name != '"' || buf_char(&statement->sql, '"')) &&
			buf_char(&statement->sql, *name);
	if (!fine || !buf_char(&statement->sql, '"'))
		statement->failed = true;
}

/* Appends the $n of a new parameter. */
static void
new_param(Statement *statement, size_t offset)
{
	if (statement->param_count == LIMIT_STATEMENT_PARAMS)
	{
		statement->failed = true;
		return;
	}
	statement->offsets[statement->param_count++] = offset;
	if (!buf_printf(&statement->sql, "$%d", statement->param_count))
		statement->failed = true;
}

Buf *
statement_open(Statement *statement)
{
	new_param(statement, statement->values.len);
	return &statement->values;
}

void
statement_close(Statement *statement, bool written)
{
	if (!written || !buf_char(&statement->values, '\0'))
		statement->failed = true;
}

void
statement_value(Statement *statement, Span value)
{
	Buf		   *out = statement_open(statement);

	statement_close(statement, buf_append(out, value.at, value.len));
}

void
statement_null(Statement *statement)
{
	new_param(statement, STATEMENT_NULL);
}

bool
statement_ok(const Statement *statement)
{
	return !statement->failed;
}

const char *
statement_param(const Statement *statement, int param)
{
	size_t		offset = statement->offsets[param - 1];

	return offset == STATEMENT_NULL ? NULL : statement->values.data + offset;
}
