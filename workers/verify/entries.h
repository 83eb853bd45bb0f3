/*
 * entries.h: the part of a bundle between its manifest and its meta line: one entry for each index.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_ENTRIES_H
#define VERIFY_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence/merkle.h"
#include "verify/entry.h"
#include "verify/lawful.h"
#include "verify/reader.h"
#include "verify/report.h"

typedef struct Entries
{
	Reader	   *reader;
	Report	   *report;
	int64_t		max_gap_us;		/* 0: any */
	EntryPlace	place;			/* of the next entry that is read */
	Merkle		tree;			/* of those that hold */
	Lawful		lawful;
	bool		absent;			/* the last one is not there, and its time not known */
	Buf			again;			/* scratch of fields_parse */
} Entries;

extern void entries_init(Entries *entries, Reader *reader, Report *report, int64_t max_gap_us);
extern void entries_free(Entries *entries);

/* Reads and checks all entries, as many as the report's size says; the line behind them comes next from the
 * reader.  False: there is a finding in the report. */
extern bool entries_verify(Entries *entries) MUST_CHECK;

#endif							/* VERIFY_ENTRIES_H */
