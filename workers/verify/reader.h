/*
 * reader.h: the lines of a bundle.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_READER_H
#define VERIFY_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/digest.h"
#include "common/failure.h"

/* the largest payload of a run, each byte escaped; an entry has less */
#define READER_LINE_MAX (2 * 1024 * 1024)

#define READER_BLOCK 65536

typedef struct Reader
{
	char		block[READER_BLOCK];	/* read ahead: from at to below end */
	size_t		at;
	size_t		end;
	FILE	   *file;			/* the caller's */
	Buf			line;			/* the current line without its \n */
	bool		again;			/* it comes once more */
	uint64_t	lines;			/* read so far */
	unsigned char digest[DIGEST_SIZE];	/* over the frame's lines before the current one */
	unsigned char after[DIGEST_SIZE];	/* the same with the current one */
} Reader;

extern void reader_open(Reader *reader, FILE *file);
extern void reader_close(Reader *reader);

/* The next line of the frame, which stands for no entry.  False at the end of the file, for a line that is too
 * long or has no \n, and on a read error. */
extern bool reader_next(Reader *reader, Failure *failure) MUST_CHECK;

/* The next line, behind what is in the buffer already.  False for the same. */
extern bool reader_append(Reader *reader, Buf *to, Failure *failure) MUST_CHECK;

/* Gives the line that was appended last back, to come again from reader_next. */
extern bool reader_give_back(Reader *reader, const char *line, size_t len) MUST_CHECK;

/* True when nothing follows the current line. */
extern bool reader_at_end(Reader *reader) MUST_CHECK;

#endif							/* VERIFY_READER_H */
