/*
 * reader.c: the lines of a bundle, read in order.
 *
 * Lines that stand for entries, and the payloads behind them, are bound by hashes of their own; of all others,
 * the frame, there is a running digest.  It starts as zero bytes and becomes SHA256(digest || line) with each.
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
	reader->again = false;
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

bool
reader_append(Reader *reader, Buf *to, Failure *failure)
{
	const size_t before = to->len;

	while (reader_more(reader))
	{
		const char *start = reader->block + reader->at;
		const char *newline = memchr(start, '\n', reader->end - reader->at);
		const size_t len = newline != NULL ? (size_t) (newline - start) : reader->end - reader->at;

		reader->at += len + (newline != NULL);
		if (to->len + len - before > READER_LINE_MAX || !buf_append(to, start, len))
		{
			failure_set(failure, "line is longer than %d bytes", READER_LINE_MAX);
			return false;
		}
		if (newline != NULL)
		{
			reader->lines++;
			return true;
		}
	}
	if (ferror(reader->file) != 0)
		failure_set(failure, "could not read: %s", strerror(errno));
	else if (to->len > before)
		failure_set(failure, "file is cut within a line");
	else
		failure_set(failure, "file is cut after line %llu", (unsigned long long) reader->lines);
	return false;
}

bool
reader_give_back(Reader *reader, const char *line, size_t len)
{
	buf_reset(&reader->line);
	reader->again = true;
	return buf_append(&reader->line, line, len);
}

bool
reader_next(Reader *reader, Failure *failure)
{
	memcpy(reader->digest, reader->after, DIGEST_SIZE);
	if (!reader->again)
	{
		buf_reset(&reader->line);
		if (!reader_append(reader, &reader->line, failure))
			return false;
	}
	reader->again = false;
	if (!digest_sha256_parts((const DigestPart[]) {
			{reader->digest, DIGEST_SIZE}, {reader->line.data, reader->line.len}, {"\n", 1}
		}, 3, reader->after))
	{
		failure_set(failure, "could not hash");
		return false;
	}
	return true;
}

bool
reader_at_end(Reader *reader)
{
	return !reader_more(reader) && ferror(reader->file) == 0;
}
