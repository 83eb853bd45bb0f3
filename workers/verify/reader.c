/*
 * reader.c: the lines of a bundle, one at a time, with their running digest.
 *
 * The digest starts as zero bytes and becomes SHA256(digest || line) with each line, so that a
 * file of any size is read with the memory of one line.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/reader.h"

#include <errno.h>
#include <string.h>

void
reader_open(Reader *reader, FILE *file)
{
	reader->file = file;
	reader->lines = 0;
	buf_init(&reader->line, READER_LINE_MAX);
	memset(reader->digest, 0, DIGEST_SIZE);
	memset(reader->after, 0, DIGEST_SIZE);
}

void
reader_close(Reader *reader)
{
	buf_free(&reader->line);
}

/* Reads to the next \n. */
static bool
reader_fill(Reader *reader, Failure *failure)
{
	int			c;

	buf_reset(&reader->line);
	while ((c = getc_unlocked(reader->file)) != EOF && c != '\n')
	{
		if (!buf_char(&reader->line, (char) c))
		{
			failure_set(failure, "line is longer than %d bytes", READER_LINE_MAX);
			return false;
		}
	}
	if (c == '\n')
		return true;
	if (ferror(reader->file) != 0)
		failure_set(failure, "could not read: %s", strerror(errno));
	else if (reader->line.len > 0)
		failure_set(failure, "file is cut within a line");
	else
		failure_set(failure, "file is cut after line %llu", (unsigned long long) reader->lines);
	return false;
}

bool
reader_next(Reader *reader, Failure *failure)
{
	memcpy(reader->digest, reader->after, DIGEST_SIZE);
	if (!reader_fill(reader, failure))
		return false;
	if (!digest_sha256_parts((const DigestPart[]) {
			{reader->digest, DIGEST_SIZE}, {reader->line.data, reader->line.len}, {"\n", 1}
		}, 3, reader->after))
	{
		failure_set(failure, "could not hash");
		return false;
	}
	reader->lines++;
	return true;
}

bool
reader_at_end(Reader *reader)
{
	return getc_unlocked(reader->file) == EOF && ferror(reader->file) == 0;
}
