/*
 * prepared.c: which statements a connection has prepared, by their text.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "prepared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: the texts come from our own builder, and equality is decided by comparing them. */
static uint64_t
hash_text(const char *text)
{
	uint64_t	hash = UINT64_C(14695981039346656037);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char) *text) * UINT64_C(1099511628211);
	return hash;
}

static PreparedEntry **
bucket(Prepared *prepared, uint64_t hash)
{
	return &prepared->buckets[hash % PREPARED_BUCKETS];
}

void
prepared_name(int number, char name[PREPARED_NAME_SIZE])
{
	snprintf(name, PREPARED_NAME_SIZE, "s%d", number);
}

PreparedEntry *
prepared_find(Prepared *prepared, const char *sql)
{
	uint64_t	hash = hash_text(sql);
	PreparedEntry *entry = *bucket(prepared, hash);

	while (entry != NULL && (entry->hash != hash || strcmp(entry->sql, sql) != 0))
		entry = entry->next;
	if (entry != NULL)
		entry->used = ++prepared->clock;
	return entry;
}

void
prepared_drop(Prepared *prepared, PreparedEntry *entry)
{
	PreparedEntry **link = bucket(prepared, entry->hash);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	free(entry->sql);
	entry->sql = NULL;
}

/* A free place: never used, given back, or the one that was unused for longest. */
static PreparedEntry *
find_place(Prepared *prepared, int *evicted)
{
	PreparedEntry *oldest = NULL;

	*evicted = 0;
	if (prepared->count < LIMIT_STATEMENTS)
		return &prepared->entries[prepared->count++];
	for (int i = 0; i < LIMIT_STATEMENTS; i++)
	{
		PreparedEntry *entry = &prepared->entries[i];

		if (entry->sql == NULL)
			return entry;
		if (entry->ready && (oldest == NULL || entry->used < oldest->used))
			oldest = entry;
	}
	if (oldest != NULL)
	{
		*evicted = oldest->number;
		prepared_drop(prepared, oldest);
	}
	return oldest;
}

PreparedEntry *
prepared_add(Prepared *prepared, const char *sql, int *evicted)
{
	PreparedEntry *entry = find_place(prepared, evicted);
	PreparedEntry **link;

	if (entry == NULL)
		return NULL;
	entry->sql = strdup(sql);
	if (entry->sql == NULL)
		return NULL;
	entry->hash = hash_text(sql);
	entry->number = ++prepared->last_number;
	entry->ready = false;
	entry->used = ++prepared->clock;
	link = bucket(prepared, entry->hash);
	entry->next = *link;
	*link = entry;
	return entry;
}

void
prepared_clear(Prepared *prepared)
{
	for (int i = 0; i < prepared->count; i++)
		free(prepared->entries[i].sql);
	memset(prepared, 0, sizeof(*prepared));
}
