/*
 * lawful.c: what lawfulness is judged by, collected while a bundle is read.
 *
 * Order: the latest time so far is kept, and each entry about retention, a hold or a disposition with its body; each missing entry
 * is kept with its time and stream and added to the running digest of the disposition that it names.
 * judge.c replays the records over them when all entries have been read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/lawful.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"

/* One more place at the end of an array; NULL when there is none. */
static void *
lawful_grow(void *array, size_t n, size_t *room, size_t size, size_t max)
{
	const size_t wanted = *room < 16 ? 16 : 2 * *room;
	void	   *grown;

	if (n < *room)
		return array;
	grown = n < max ? reallocarray(array, wanted, size) : NULL;
	if (grown != NULL)
		*room = wanted;
	return grown;
}

void
lawful_free(Lawful *lawful)
{
	for (size_t i = 0; i < lawful->n_records; i++)
	{
		free(lawful->records[i].kind);
		free(lawful->records[i].actor);
		json_decref(lawful->records[i].body);
	}
	free(lawful->records);
	free(lawful->taken);
	free(lawful->items);
}

bool
lawful_is_record(const char *kind)
{
	return strncmp(kind, "retention.", 10) == 0 || strncmp(kind, "hold.", 5) == 0 ||
		strncmp(kind, "disposition.", 12) == 0;
}

void
lawful_passed(Lawful *lawful, int64_t at_us)
{
	if (at_us > lawful->latest_us)
		lawful->latest_us = at_us;
}

bool
lawful_record(Lawful *lawful, const Fields *entry, Failure *failure)
{
	const Field *field = entry->field;
	LawfulRecord *record;

	failure_set(failure, "there are too many records to judge");
	record = lawful_grow(lawful->records, lawful->n_records, &lawful->records_room,
						 sizeof(*record), LAWFUL_RECORDS_MAX);
	if (record == NULL)
		return false;
	lawful->records = record;
	record += lawful->n_records++;
	memset(record, 0, sizeof(*record));
	record->kind = strdup(field[ENTRY_KIND].text);
	record->actor = strdup(field[ENTRY_ACTOR].text);
	snprintf(record->stream, sizeof(record->stream), "%s", field[ENTRY_STREAM].text);
	record->index = field[ENTRY_INDEX].number;
	record->body = json_loadb(field[ENTRY_BODY].text, field[ENTRY_BODY].len, 0, NULL);
	record->number = json_integer_value(json_object_get(record->body, "record"));
	return record_time_parse(field[ENTRY_AT].text, &record->at_us) && record->kind != NULL &&
		record->actor != NULL && record->body != NULL;
}

/* The disposition that a missing entry names, NULL when memory is short. */
static LawfulTaken *
lawful_taken(Lawful *lawful, const char *id, int64_t index)
{
	LawfulTaken *taken;

	for (size_t i = lawful->n_taken; i > 0; i--)
	{
		if (strcmp(lawful->taken[i - 1].id, id) == 0)
			return &lawful->taken[i - 1];
	}
	taken = lawful_grow(lawful->taken, lawful->n_taken, &lawful->taken_room, sizeof(*taken),
						LAWFUL_RECORDS_MAX);
	if (taken == NULL)
		return NULL;
	lawful->taken = taken;
	taken += lawful->n_taken++;
	memset(taken, 0, sizeof(*taken));
	snprintf(taken->id, sizeof(taken->id), "%s", id);
	taken->first = index;
	return taken;
}

/* The category that a kind belongs to; false when it is none that is ever disposed of. */
static bool
lawful_category(const char *kind, bool *app)
{
	static const char *const history[] = {
		"run.", "action.", "task.", "signal.", "child.", "sql.", "wait.", "strand.", "strands."
	};

	*app = strncmp(kind, "app.", 4) == 0;
	if (*app || strcmp(kind, "approval.decided") == 0 || strcmp(kind, "approval.expired") == 0)
		return true;
	for (size_t i = 0; i < sizeof(history) / sizeof(history[0]); i++)
	{
		if (strncmp(kind, history[i], strlen(history[i])) == 0)
			return true;
	}
	return false;
}

/* Adds an item's bytes to the running digest. */
static bool
lawful_digest(LawfulTaken *taken, const Fields *disposed, const LawfulItem *item)
{
	const Field *field = disposed->field;
	unsigned char idx[8];
	unsigned char numbers[4 + 8];
	unsigned char hash[DIGEST_SIZE];
	unsigned char kind_len[2];
	const DigestPart parts[] = {
		{taken->digest, DIGEST_SIZE},
		{idx, sizeof(idx)},
		{item->stream, UUID_SIZE},
		{numbers, sizeof(numbers)},
		{hash, sizeof(hash)},
		{kind_len, sizeof(kind_len)},
		{field[DISPOSED_KIND].text, field[DISPOSED_KIND].len},
	};
	unsigned char digest[DIGEST_SIZE];

	record_put_number(idx, (uint64_t) field[DISPOSED_INDEX].number, sizeof(idx));
	record_put_number(numbers, (uint64_t) field[DISPOSED_SEQ].number, 4);
	record_put_number(numbers + 4, (uint64_t) item->at_us, 8);
	record_put_number(kind_len, field[DISPOSED_KIND].len, sizeof(kind_len));
	if (!hex_decode(field[DISPOSED_ENTRY_HASH].text, hash, DIGEST_SIZE) ||
		!digest_sha256_parts(parts, sizeof(parts) / sizeof(parts[0]), digest))
		return false;
	memcpy(taken->digest, digest, DIGEST_SIZE);
	return true;
}

bool
lawful_disposed(Lawful *lawful, const Fields *disposed, Failure *failure)
{
	const Field *field = disposed->field;
	LawfulItem *items = lawful_grow(lawful->items, lawful->n_items, &lawful->items_room,
									sizeof(*items), LAWFUL_ITEMS_MAX);
	LawfulItem *item;
	LawfulTaken *taken;

	failure_set(failure, "there are too many disposed entries to judge");
	if (items == NULL)
		return false;
	lawful->items = items;
	item = items + lawful->n_items;
	taken = lawful_taken(lawful, field[DISPOSED_DISPOSITION].text, field[DISPOSED_INDEX].number);
	if (taken == NULL)
		return false;
	failure_set(failure, "what is said of the missing entry is not in its form");
	if (!record_time_parse(field[DISPOSED_AT].text, &item->at_us) ||
		!record_uuid_parse(field[DISPOSED_STREAM].text, item->stream) ||
		field[DISPOSED_SEQ].number > UINT32_MAX || field[DISPOSED_KIND].len > UINT16_MAX ||
		!lawful_category(field[DISPOSED_KIND].text, &item->app) ||
		!lawful_digest(taken, disposed, item))
		return false;
	item->taken = (uint32_t) (taken - lawful->taken);
	lawful->n_items++;
	taken->items++;
	if (lawful->latest_us > taken->bound_us)
		taken->bound_us = lawful->latest_us;
	return true;
}
