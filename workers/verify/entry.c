/*
 * entry.c: an entry as a bundle or a proof writes it, and its hashes.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/entry.h"

#include <string.h>

#include "common/hex.h"

/* The members as the bytes that are hashed. */
static bool
entry_read(const Fields *fields, EntryRecord *entry, Failure *failure)
{
	const Field *field = fields->field;

	if (!record_time_parse(field[ENTRY_AT].text, &entry->at_us))
		failure_set(failure, "\"at\" is not a time in its one form");
	else if (!record_uuid_parse(field[ENTRY_STREAM].text, entry->stream))
		failure_set(failure, "\"stream\" is not a uuid");
	else if (!hex_decode(field[ENTRY_SALT].text, entry->salt, SALT_SIZE))
		failure_set(failure, "\"salt\" is not 16 bytes in hex");
	else if (field[ENTRY_SEQ].number > UINT32_MAX)
		failure_set(failure, "\"seq\" is out of range");
	else
	{
		entry->seq = (uint32_t) field[ENTRY_SEQ].number;
		entry->kind = field[ENTRY_KIND].text;
		entry->kind_len = field[ENTRY_KIND].len;
		entry->actor = field[ENTRY_ACTOR].text;
		entry->actor_len = field[ENTRY_ACTOR].len;
		entry->canon = field[ENTRY_BODY].text;
		entry->canon_len = field[ENTRY_BODY].len;
		return true;
	}
	return false;
}

static bool
entry_same(const char *name, const Field *written, const unsigned char computed[DIGEST_SIZE],
		   Failure *failure)
{
	unsigned char bytes[DIGEST_SIZE];

	if (!hex_decode(written->text, bytes, DIGEST_SIZE))
		failure_set(failure, "%s is not 32 bytes in hex", name);
	else if (memcmp(bytes, computed, DIGEST_SIZE) != 0)
		failure_set(failure, "%s is not the one that follows from the bytes", name);
	else
		return true;
	return false;
}

/* The leaf's hash from the place and the entry's hash; both must be as they are written. */
static bool
entry_leaf(const unsigned char entry_hash[DIGEST_SIZE], const Field *index,
		   const Field *written_entry, const Field *written_leaf, const EntryPlace *place,
		   unsigned char leaf_hash[DIGEST_SIZE], Failure *failure)
{
	LeafRecord	leaf = {.epoch = place->epoch, .idx = place->idx};
	unsigned char data[LEAF_DATA_SIZE];

	if ((uint64_t) index->number != place->idx)
	{
		failure_set(failure, "entry has index %lld", (long long) index->number);
		return false;
	}
	memcpy(leaf.tenant, place->tenant, UUID_SIZE);
	memcpy(leaf.prev, place->prev_leaf, DIGEST_SIZE);
	memcpy(leaf.entry_hash, entry_hash, DIGEST_SIZE);
	record_leaf_data(&leaf, data);
	if (!record_leaf_hash(data, sizeof(data), leaf_hash))
	{
		failure_set(failure, "could not hash");
		return false;
	}
	return entry_same("entry hash", written_entry, entry_hash, failure) &&
		entry_same("leaf hash", written_leaf, leaf_hash, failure);
}

bool
entry_check(const Fields *fields, const EntryPlace *place, unsigned char leaf_hash[DIGEST_SIZE],
			int64_t *at_us, Failure *failure)
{
	const Field *field = fields->field;
	EntryRecord entry;
	unsigned char entry_hash[DIGEST_SIZE];

	if (!entry_read(fields, &entry, failure))
		return false;
	*at_us = entry.at_us;
	memcpy(entry.tenant, place->tenant, UUID_SIZE);
	if (!record_entry_hash(&entry, entry_hash))
	{
		failure_set(failure, "entry does not fit its byte form");
		return false;
	}
	return entry_leaf(entry_hash, &field[ENTRY_INDEX], &field[ENTRY_ENTRY_HASH],
					  &field[ENTRY_LEAF_HASH], place, leaf_hash, failure);
}

bool
entry_check_absent(const Fields *fields, const EntryPlace *place,
				   unsigned char leaf_hash[DIGEST_SIZE], Failure *failure)
{
	const bool	withheld = fields->type == LINE_WITHHELD;
	const Field *index = &fields->field[withheld ? WITHHELD_INDEX : DISPOSED_INDEX];
	const Field *hash = &fields->field[withheld ? WITHHELD_ENTRY_HASH : DISPOSED_ENTRY_HASH];
	const Field *leaf = &fields->field[withheld ? WITHHELD_LEAF_HASH : DISPOSED_LEAF_HASH];
	unsigned char entry_hash[DIGEST_SIZE];

	if (hex_decode(hash->text, entry_hash, DIGEST_SIZE))
		return entry_leaf(entry_hash, index, hash, leaf, place, leaf_hash, failure);
	failure_set(failure, "entry hash is not 32 bytes in hex");
	return false;
}

const char *
entry_leaf_text(const Fields *fields)
{
	switch (fields->type)
	{
		case LINE_ENTRY:
			return fields->field[ENTRY_LEAF_HASH].text;
		case LINE_WITHHELD:
			return fields->field[WITHHELD_LEAF_HASH].text;
		case LINE_DISPOSED:
			return fields->field[DISPOSED_LEAF_HASH].text;
		default:
			return NULL;
	}
}
