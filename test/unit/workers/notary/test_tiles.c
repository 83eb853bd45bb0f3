/*
 * test_tiles.c: tiles of a log, put, found again and continued; tiles that are not the log's are refused.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "notary/consistency.h"
#include "notary/layout.h"
#include "notary/tiles.h"

#define FILES_MAX 4096

/* A store in memory. */
typedef struct Memory
{
	Store		store;
	size_t		n;
	char		names[FILES_MAX][STORE_NAME_MAX];
	Buf			files[FILES_MAX];
} Memory;

static Memory memory;
static Tiles tiles;

static Buf *
find(const char *name)
{
	for (size_t i = 0; i < memory.n; i++)
	{
		if (strcmp(memory.names[i], name) == 0)
			return &memory.files[i];
	}
	return NULL;
}

static bool
memory_put(Store *store, const char *name, const void *bytes, size_t len, Failure *failure)
{
	const Buf  *there = find(name);

	(void) store;
	if (there != NULL && (there->len != len || memcmp(there->data, bytes, len) != 0))
	{
		failure_set_sqlstate(failure, "UP902", "other bytes");
		return false;
	}
	if (there != NULL)
		return true;
	snprintf(memory.names[memory.n], STORE_NAME_MAX, "%s", name);
	buf_init(&memory.files[memory.n], len);
	return buf_append(&memory.files[memory.n++], bytes, len);
}

static bool
memory_get(Store *store, const char *name, Buf *bytes, bool *there, Failure *failure)
{
	const Buf  *found = find(name);

	(void) store;
	(void) failure;
	*there = found != NULL;
	return found == NULL || buf_append(bytes, found->data, found->len);
}

static bool
memory_list(Store *store, const char *folder, StoreSee see, void *context, Failure *failure)
{
	const size_t len = strlen(folder);

	(void) store;
	(void) failure;
	for (size_t i = 0; i < memory.n; i++)
	{
		if (strncmp(memory.names[i], folder, len) == 0)
			see(memory.names[i] + len + 1, context);
	}
	return true;
}

static Store *
open_new(void)
{
	static const StoreKind kind = {.put = memory_put, .get = memory_get, .list = memory_list};

	for (size_t i = 0; i < memory.n; i++)
		buf_free(&memory.files[i]);
	memory.n = 0;
	memory.store.kind = &kind;
	return &memory.store;
}

static void
record_of(uint64_t i, unsigned char record[META_DATA_SIZE])
{
	MetaRecord	meta = {.epoch = 1, .size = i + 1, .round = i};

	record_meta_data(&meta, record);
}

/* Adds records up to a size to the tiles and to the log. */
static bool
grow(Merkle *log, uint64_t size)
{
	unsigned char record[META_DATA_SIZE];
	unsigned char hash[DIGEST_SIZE];
	Failure		failure;
	bool		ok = true;

	while (ok && log->size < size)
	{
		record_of(log->size, record);
		ok = record_leaf_hash(record, META_DATA_SIZE, hash) &&
			tiles_add(&tiles, record, META_DATA_SIZE, &failure) && merkle_append(log, hash);
	}
	return ok && tiles_put_last(&tiles, &failure);
}

static bool
has(const char *name, size_t size)
{
	const Buf  *file = find(name);

	return file != NULL && file->len == size;
}

static void
test_names(Store *store, Merkle *log)
{
	tiles_init(&tiles, store, false);
	CHECK("nothing is put for nothing", grow(log, 0) && memory.n == 0);
	CHECK("three", grow(log, 3) && has("tile/0/000.p/3", 96) && has("tile/entries/000.p/3", 270));
	CHECK("256", grow(log, 256) && has("tile/0/000", 8192) && has("tile/entries/000", 23040) &&
		  has("tile/1/000.p/1", 32) && find("tile/0/001.p/0") == NULL);
	CHECK("257", grow(log, 257) && has("tile/0/001.p/1", 32) && has("tile/entries/001.p/1", 90));
	CHECK("256 times 256", grow(log, 65536) && has("tile/1/000", 8192) && has("tile/2/000.p/1", 32));
	CHECK("a number in threes", grow(log, 256001) && has("tile/0/x001/000.p/1", 32) &&
		  has("tile/0/999", 8192));
}

static bool
refused(bool done, const Failure *failure)
{
	return !done && strcmp(failure->sqlstate, "UP902") == 0;
}

/* Another byte in a file of the store, and back. */
static bool
flip(const char *name)
{
	Buf		   *file = find(name);

	if (file == NULL)
		return false;
	file->data[0] ^= 1;
	return true;
}

static void
test_load(Store *store, Merkle *log)
{
	static const char *const last[] = {
		"tile/0/x001/000.p/1", "tile/1/003.p/232", "tile/2/000.p/3", "tile/entries/x001/000.p/1"
	};
	static Tiles kept;
	Merkle		other = *log;
	Failure		failure;

	kept = tiles;
	CHECK("found again", tiles_load(&tiles, store, log, &failure) && tiles.size == kept.size &&
		  memcmp(tiles.width, kept.width, sizeof(kept.width)) == 0);
	CHECK("and continued", grow(log, 256003) && has("tile/0/x001/000.p/3", 96));
	CHECK("an earlier end is there, too", tiles_load(&tiles, store, &other, &failure));
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
	{
		CHECK("changed", flip(last[i]));
		CHECK(last[i], refused(tiles_load(&tiles, store, &other, &failure), &failure));
		CHECK("changed back", flip(last[i]));
	}
	other.node[0][0] ^= 1;
	CHECK("another log", refused(tiles_load(&tiles, store, &other, &failure), &failure));
}

static void
test_compare(Store *store)
{
	Merkle		log;

	merkle_init(&log);
	tiles_init(&tiles, store, true);
	CHECK("the same again", grow(&log, 257));
	tiles_init(&tiles, store, true);
	merkle_init(&log);
	CHECK("a width that was not put", !grow(&log, 2));
	CHECK("changed", flip("tile/0/000"));
	merkle_init(&log);
	tiles_init(&tiles, store, true);
	CHECK("another tile", !grow(&log, 256));
	CHECK("changed back", flip("tile/0/000"));
}

/* The roots of the log at sizes; naive, from the leaves. */
static bool
end_at(uint64_t size, MerkleEnd *end)
{
	unsigned char record[META_DATA_SIZE];
	unsigned char hash[DIGEST_SIZE];
	Merkle		log;
	bool		ok = true;

	merkle_init(&log);
	for (uint64_t i = 0; ok && i < size; i++)
	{
		record_of(i, record);
		ok = record_leaf_hash(record, META_DATA_SIZE, hash) && merkle_append(&log, hash);
	}
	end->size = size;
	return ok && merkle_root(&log, end->root);
}

/* Proofs out of the tiles of a log that ends at a size, for every so many earlier ones. */
static void
test_consistency(Store *store, uint64_t size, uint64_t step)
{
	unsigned char proof[MERKLE_DEPTH + 1][DIGEST_SIZE];
	MerkleEnd	new;
	Merkle		log;
	Failure		failure;
	size_t		n;
	bool		good = true;
	bool		strict = true;

	merkle_init(&log);
	tiles_init(&tiles, store, false);
	CHECK("the log", grow(&log, size) && end_at(size, &new));
	for (uint64_t old_size = 0; old_size <= size; old_size += step)
	{
		MerkleEnd	old;

		good = good && end_at(old_size, &old) &&
			consistency_proof(store, old_size, size, proof, &n, &failure) &&
			merkle_consistent(&old, &new, (const unsigned char (*)[DIGEST_SIZE]) proof, n);
		old.root[5] ^= 1;
		strict = strict && (old_size == 0 || !merkle_consistent(&old, &new,
								(const unsigned char (*)[DIGEST_SIZE]) proof, n));
		old.root[5] ^= 1;
		proof[n / 2][0] ^= 1;
		strict = strict && (n == 0 || !merkle_consistent(&old, &new,
								(const unsigned char (*)[DIGEST_SIZE]) proof, n));
		proof[n / 2][0] ^= 1;
		strict = strict && (n == 0 || !merkle_consistent(&old, &new,
								(const unsigned char (*)[DIGEST_SIZE]) proof, n - 1)) &&
			!merkle_consistent(&old, &new, (const unsigned char (*)[DIGEST_SIZE]) proof, n + 1);
	}
	CHECK("proofs from earlier sizes", good);
	CHECK("another root, node or length is no proof", strict);
}

/* A store with meta leaves and no tiles, as an earlier version left it. */
static void
test_make(Store *store)
{
	static unsigned char records[300][META_DATA_SIZE];
	Merkle		log;
	unsigned char hash[DIGEST_SIZE];
	Failure		failure;

	merkle_init(&log);
	for (uint64_t i = 0; i < 300; i++)
	{
		record_of(i, records[i]);
		CHECK("hashed", record_leaf_hash(records[i], META_DATA_SIZE, hash) && merkle_append(&log, hash));
	}
	CHECK("no meta leaves either", refused(tiles_load(&tiles, store, &log, &failure), &failure));
	CHECK("meta leaves", layout_put_meta(store, 0, 300, records, sizeof(records), &failure));
	CHECK("made anew", tiles_load(&tiles, store, &log, &failure) &&
		  has("tile/0/000", 8192) && has("tile/0/001.p/44", 1408));
}

int
main(void)
{
	Store	   *store = open_new();
	Merkle		log;

	merkle_init(&log);
	test_names(store, &log);
	test_load(store, &log);
	test_compare(store);
	for (uint64_t size = 1; size <= 20; size++)
		test_consistency(open_new(), size, 1);
	test_consistency(open_new(), 600, 37);
	test_consistency(open_new(), 66000, 8191);
	test_make(open_new());
	(void) open_new();
	return check_close();
}
