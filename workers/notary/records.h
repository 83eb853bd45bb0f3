/*
 * records.h: the records of a directory of FIRST-COUNT files in a store, one after the other; of a
 * directory of files named by a number, their numbers in order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_RECORDS_H
#define NOTARY_RECORDS_H

#include <stdint.h>

#include "common/buf.h"
#include "store/store.h"

typedef struct Range
{
	uint64_t	first;
	uint64_t	count;
} Range;

typedef struct Records
{
	Store	   *store;
	char		directory[STORE_NAME_MAX];
	size_t		record_size;
	Range	   *ranges;			/* by first */
	size_t		n_ranges;
	size_t		room;
	size_t		at;				/* the file that is read now */
	uint64_t	next;			/* the record that comes next */
	Buf			file;			/* its file; empty: to be read */
	bool		short_of_memory;
} Records;

extern bool records_open(Records *records, Store *store, const char *directory,
						 size_t record_size, Failure *failure) MUST_CHECK;
extern void records_close(Records *records);

/* *record: the next one, NULL behind the last.  A gap, or a file of another length: UP902. */
extern bool records_next(Records *records, const unsigned char **record,
						 Failure *failure) MUST_CHECK;

#endif							/* NOTARY_RECORDS_H */
