/*
 * tiles.c: the meta-log as C2SP tlog-tiles.
 *
 * Order: a record goes into the last tile of level 0; a tile that is full is put, its root goes into the
 * last tile of the level above, and so on.  Only the last tile of each level is in memory.  A tile of a
 * given place and width has one content for ever, so a round that died is simply done again.
 *
 * What is loaded is not believed: the frontier of a log is, level by level, the frontier of the hashes
 * in the last tiles, and the records must have the hashes of level 0.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/tiles.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "notary/records.h"

#define TILES_BITS 8
#define TILES_ENTRIES (-1)

/* The name of a tile's file; the level TILES_ENTRIES has the records.  A full tile has no width in it. */
static void
tiles_name(int level, uint64_t n, size_t width, char name[STORE_NAME_MAX])
{
	char		folder[16];
	char		path[64];
	char		partial[16] = "";
	uint64_t	divisor = 1;
	int			len = 0;

	snprintf(folder, sizeof(folder), level == TILES_ENTRIES ? "entries" : "%d", level);
	while (n / divisor >= 1000)
		divisor *= 1000;
	for (; divisor > 1; divisor /= 1000)
		len += snprintf(path + len, sizeof(path) - (size_t) len, "x%03u/",
						(unsigned) (n / divisor % 1000));
	snprintf(path + len, sizeof(path) - (size_t) len, "%03u", (unsigned) (n % 1000));
	if (width < TILES_WIDTH)
		snprintf(partial, sizeof(partial), ".p/%zu", width);
	snprintf(name, STORE_NAME_MAX, "tile/%s/%s%s", folder, path, partial);
}

/* The file of a tile in the store; *there: there is one of its length. */
static bool
tiles_get(Store *store, const char *name, unsigned char *bytes, size_t len, bool *there,
		  Failure *failure)
{
	Buf			found;
	bool		ok;

	buf_init(&found, len);
	ok = store_get(store, name, &found, there, failure);
	*there = ok && *there && found.len == len;
	if (*there)
		memcpy(bytes, found.data, len);
	buf_free(&found);
	return ok;
}

bool
tiles_read_tile(Store *store, int level, uint64_t n, size_t width, unsigned char *hashes,
				Failure *failure)
{
	char		name[STORE_NAME_MAX];
	bool		there;

	tiles_name(level, n, width, name);
	if (!tiles_get(store, name, hashes, width * DIGEST_SIZE, &there, failure))
		return false;
	if (!there)
		failure_set_sqlstate(failure, "UP902", "store: no tile \"%s\"", name);
	return there;
}

static bool
tiles_compare(const Tiles *tiles, const char *name, const unsigned char *bytes, size_t len,
			  Failure *failure)
{
	unsigned char found[TILES_WIDTH * TILES_RECORD];
	bool		there;

	if (!tiles_get(tiles->store, name, found, len, &there, failure))
		return false;
	if (there && memcmp(found, bytes, len) == 0)
		return true;
	failure_set_sqlstate(failure, "UP902", "store: no tile \"%s\", or another one", name);
	return false;
}

/* Puts the last tile of a level, or its records. */
static bool
tiles_emit(const Tiles *tiles, int level, Failure *failure)
{
	const bool	entries = level == TILES_ENTRIES;
	const size_t width = tiles->width[entries ? 0 : level];
	const uint64_t n = (tiles->size - 1) >> (TILES_BITS * (entries ? 0 : level)) >> TILES_BITS;
	const unsigned char *bytes = entries ? tiles->records : tiles->hashes[level];
	const size_t len = width * (entries ? TILES_RECORD : DIGEST_SIZE);
	char		name[STORE_NAME_MAX];

	tiles_name(level, n, width, name);
	return tiles->compare ? tiles_compare(tiles, name, bytes, len, failure) :
		store_put(tiles->store, name, bytes, len, failure);
}

static bool
tiles_tree(const unsigned char *hashes, size_t n, Merkle *tree)
{
	bool		ok = true;

	merkle_init(tree);
	for (size_t i = 0; ok && i < n; i++)
		ok = merkle_append(tree, hashes + i * DIGEST_SIZE);
	return ok;
}

/* A hash goes into the last tile of a level, and what gets full by it into the store. */
static bool
tiles_push(Tiles *tiles, const unsigned char hash[DIGEST_SIZE], Failure *failure)
{
	unsigned char carry[DIGEST_SIZE];
	Merkle		tree;

	memcpy(carry, hash, DIGEST_SIZE);
	for (int level = 0; level < TILES_LEVELS; level++)
	{
		memcpy(tiles->hashes[level] + tiles->width[level]++ * DIGEST_SIZE, carry, DIGEST_SIZE);
		if (tiles->width[level] < TILES_WIDTH)
			return true;
		if ((level == 0 && !tiles_emit(tiles, TILES_ENTRIES, failure)) ||
			!tiles_emit(tiles, level, failure))
			return false;
		if (!tiles_tree(tiles->hashes[level], TILES_WIDTH, &tree) || !merkle_root(&tree, carry))
		{
			failure_set(failure, "could not hash a tile");
			return false;
		}
		tiles->width[level] = 0;
	}
	return true;
}

bool
tiles_add(Tiles *tiles, const unsigned char *records, size_t len, Failure *failure)
{
	unsigned char hash[DIGEST_SIZE];

	for (size_t at = 0; at < len; at += META_DATA_SIZE)
	{
		unsigned char *record = tiles->records + tiles->width[0] * TILES_RECORD;

		record[0] = 0;
		record[1] = META_DATA_SIZE;
		memcpy(record + 2, records + at, META_DATA_SIZE);
		if (!record_leaf_hash(records + at, META_DATA_SIZE, hash))
		{
			failure_set(failure, "could not hash a meta leaf");
			return false;
		}
		tiles->size++;
		if (!tiles_push(tiles, hash, failure))
			return false;
	}
	return true;
}

bool
tiles_put_last(Tiles *tiles, Failure *failure)
{
	if (tiles->width[0] > 0 && !tiles_emit(tiles, TILES_ENTRIES, failure))
		return false;
	for (int level = 0; level < TILES_LEVELS; level++)
	{
		if (tiles->width[level] > 0 && !tiles_emit(tiles, level, failure))
			return false;
	}
	return true;
}

void
tiles_init(Tiles *tiles, Store *store, bool compare)
{
	tiles->store = store;
	tiles->compare = compare;
	tiles->size = 0;
	memset(tiles->width, 0, sizeof(tiles->width));
}

/* All tiles anew, of a log whose tiles the store does not have. */
static bool
tiles_make(Tiles *tiles, const Merkle *log, Failure *failure)
{
	const unsigned char *record = NULL;
	Records		meta;
	bool		ok = records_open(&meta, tiles->store, "meta", META_DATA_SIZE, failure);

	tiles_init(tiles, tiles->store, false);
	while (ok && tiles->size < log->size)
	{
		ok = records_next(&meta, &record, failure);
		if (ok && record == NULL)
		{
			failure_set_sqlstate(failure, "UP902", "store has no meta leaf %" PRIu64, tiles->size);
			ok = false;
		}
		ok = ok && tiles_add(tiles, record, META_DATA_SIZE, failure);
	}
	records_close(&meta);
	return ok && tiles_put_last(tiles, failure);
}

/* The last tiles of a log of this size; *there: the store has all of them. */
static bool
tiles_read(Tiles *tiles, uint64_t size, bool *there, Failure *failure)
{
	char		name[STORE_NAME_MAX];

	*there = true;
	tiles->size = size;
	for (int level = TILES_ENTRIES; *there && level < TILES_LEVELS; level++)
	{
		const bool	entries = level == TILES_ENTRIES;
		const unsigned shift = TILES_BITS * (entries ? 0 : (unsigned) level);
		const size_t width = size >> shift & (TILES_WIDTH - 1);

		tiles->width[entries ? 0 : level] = width;
		if (width == 0)
			continue;
		tiles_name(level, size >> shift >> TILES_BITS, width, name);
		if (!tiles_get(tiles->store, name, entries ? tiles->records : tiles->hashes[level],
					   width * (entries ? TILES_RECORD : DIGEST_SIZE), there, failure))
			return false;
	}
	return true;
}

/* Do the last tiles give the log's frontier, and the records the hashes of level 0? */
static bool
tiles_agree(const Tiles *tiles, const Merkle *log)
{
	unsigned char hash[DIGEST_SIZE];
	Merkle		part;
	unsigned	n = 0;

	for (int level = TILES_LEVELS - 1; level >= 0; level--)
	{
		if (!tiles_tree(tiles->hashes[level], tiles->width[level], &part) ||
			n + part.n > log->n ||
			memcmp(part.node[0], log->node[n], (size_t) part.n * DIGEST_SIZE) != 0)
			return false;
		n += part.n;
	}
	for (size_t i = 0; i < tiles->width[0]; i++)
	{
		const unsigned char *record = tiles->records + i * TILES_RECORD;

		if (record[0] != 0 || record[1] != META_DATA_SIZE ||
			!record_leaf_hash(record + 2, META_DATA_SIZE, hash) ||
			memcmp(hash, tiles->hashes[0] + i * DIGEST_SIZE, DIGEST_SIZE) != 0)
			return false;
	}
	return n == log->n;
}

bool
tiles_load(Tiles *tiles, Store *store, const Merkle *log, Failure *failure)
{
	bool		there;

	tiles_init(tiles, store, false);
	if (!tiles_read(tiles, log->size, &there, failure) ||
		(!there && !tiles_make(tiles, log, failure)))
		return false;
	if (tiles_agree(tiles, log))
		return true;
	failure_set_sqlstate(failure, "UP902", "store has tiles that are not of the log that was signed");
	return false;
}
