/*
 * batch.h: some lines of a bundle that stand for entries, with the payloads behind them.
 *
 * A batch can be checked by itself, whatever becomes of those around it: it begins with the place of its first
 * entry, and has the line of the entry before that, whose leaf it goes on from.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_BATCH_H
#define VERIFY_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/failure.h"
#include "evidence/run.h"
#include "verify/entry.h"
#include "verify/fields.h"
#include "verify/reader.h"

#define BATCH_LINES 1024
#define BATCH_TEXT (256 * 1024)

/* A line, and what was found of one that holds. */
typedef struct BatchLine
{
	size_t		start;			/* in the text */
	LineType	type;
	bool		record;			/* an entry of retention, holds or dispositions */
	int64_t		at_us;			/* of an entry that is there */
} BatchLine;

typedef struct Batch
{
	Buf			text;			/* the lines one behind the other, without their ends */
	Buf			lead;			/* the last entry's line before them; empty: there is none */
	EntryPlace	place;			/* of the first entry, but for the leaf before it */
	uint64_t	first_line;		/* its number in the file */
	unsigned	n;
	BatchLine	line[BATCH_LINES];

	/* what batch_check says */
	unsigned	good;			/* lines that hold: all, or those before the finding */
	int64_t		bad_index;
	Failure		failure;
	Run			run;			/* the leaves */
} Batch;

extern void batch_init(Batch *batch);
extern void batch_free(Batch *batch);

/* Empties a batch, to be filled from this place of the log and line of the file on.  before: the one in front. */
extern bool batch_begin(Batch *batch, const EntryPlace *place, uint64_t first_line,
						const Batch *before) MUST_CHECK;

/* Counts the line that was read into the text from this place on; it stands for an entry, or is a payload. */
extern void batch_take(Batch *batch, size_t start);

/* A line of it as fields_parse wants it; it belongs to the batch. */
extern Buf batch_line(const Batch *batch, unsigned i);

/* Does a line stand for an entry, or is it a payload, as far as its beginning tells? */
extern bool batch_is_entry(const char *line);
extern bool batch_is_payload(const char *line);

/* Checks what can be checked by itself: bytes, hashes, leaves, payloads.  again: scratch space. */
extern void batch_check(Batch *batch, Buf *again);

#endif							/* VERIFY_BATCH_H */
