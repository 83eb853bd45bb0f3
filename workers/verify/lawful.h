/*
 * lawful.h: may what is missing be missing?  (docs/formats.md: Disposition)
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_LAWFUL_H
#define VERIFY_LAWFUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/failure.h"
#include "evidence/record.h"
#include "verify/fields.h"

#define LAWFUL_ITEMS_MAX 1000000
#define LAWFUL_RECORDS_MAX 100000

/* An entry that is missing. */
typedef struct LawfulItem
{
	unsigned char stream[UUID_SIZE];
	int64_t		at_us;
	uint32_t	taken;			/* by which disposition */
	bool		app;			/* its category: app, else history */
} LawfulItem;

/* A disposition that took entries away, as its lines say. */
typedef struct LawfulTaken
{
	char		id[37];
	int64_t		first;			/* index of its first entry */
	int64_t		items;
	int64_t		bound_us;		/* the latest time of an entry that stands before one of them */
	unsigned char digest[DIGEST_SIZE];
	bool		authorised;
	bool		carried_out;
} LawfulTaken;

/* An entry about retention, a hold or a disposition. */
typedef struct LawfulRecord
{
	char	   *kind;
	char	   *actor;
	char		stream[37];
	int64_t		index;
	int64_t		at_us;
	int64_t		number;
	json_t	   *body;
} LawfulRecord;

typedef struct Lawful
{
	LawfulItem *items;
	size_t		n_items;
	size_t		items_room;
	LawfulTaken *taken;
	size_t		n_taken;
	size_t		taken_room;
	LawfulRecord *records;
	size_t		n_records;
	size_t		records_room;
	int64_t		latest_us;		/* of the entries so far */
} Lawful;

/* An empty one is all zeros. */
extern void lawful_free(Lawful *lawful);

/* Is an entry of this kind about retention, a hold or a disposition? */
extern bool lawful_is_record(const char *kind);

/* An entry that is there and was checked: its time; and all of it when it is such a record. */
extern void lawful_passed(Lawful *lawful, int64_t at_us);
extern bool lawful_record(Lawful *lawful, const Fields *entry, Failure *failure) MUST_CHECK;

/* One that is missing, and whose leaf was checked. */
extern bool lawful_disposed(Lawful *lawful, const Fields *disposed, Failure *failure) MUST_CHECK;

/* Every disposition that took something away was lawful; else *index is that of the first entry
 * which should be there. */
extern bool lawful_judge(Lawful *lawful, int64_t *index, Failure *failure) MUST_CHECK;

#endif							/* VERIFY_LAWFUL_H */
