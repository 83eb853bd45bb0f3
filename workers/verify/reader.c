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
	reader->at = 0;
	reader->end = 0;
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

/* Is there anything left? */
static bool
reader_more(Reader *reader)
{
	if (reader->at == reader->end)
	{
		reader->at = 0;
		reader->end = fread(reader->block, 1, sizeof(reader->block), reader->file);
	}
	return reader->end > 0;
}

/* Reads to the next \n. */
static bool
reader_fill(Reader *reader, Failure *failure)
{
	buf_reset(&reader->line);
	while (reader_more(reader))
	{
		const char *start = reader->block + reader->at;
		const char *newline = memchr(start, '\n', reader->end - reader->at);
		const size_t len = newline != NULL ? (size_t) (newline - start) : reader->end - reader->at;

		reader->at += len + (newline != NULL);
		if (!buf_append(&reader->line, start, len))
		{
			failure_set(failure, "line is longer than %d bytes", READER_LINE_MAX);
			return false;
		}
		if (newline != NULL)
			return true;
	}
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
	return !reader_more(reader) && ferror(reader->file) == 0;
}
