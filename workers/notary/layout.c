/*
 * layout.c: the names that the notary's files have in a store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/hex.h"

#define LAYOUT_CHECKPOINTS "checkpoint"
#define LAYOUT_META "meta"

bool
layout_put_checkpoint(Store *store, uint64_t size, const void *bytes, size_t len, Failure *failure)
{
	char		name[STORE_NAME_MAX];

	snprintf(name, sizeof(name), LAYOUT_CHECKPOINTS "/%020" PRIu64, size);
	return store_put(store, name, bytes, len, failure);
}

bool
layout_put_meta(Store *store, uint64_t first, uint64_t count, const void *bytes, size_t len,
			   Failure *failure)
{
	char		name[STORE_NAME_MAX];

	snprintf(name, sizeof(name), LAYOUT_META "/%020" PRIu64 "-%" PRIu64, first, count);
	return store_put(store, name, bytes, len, failure);
}

bool
layout_put_leaves(Store *store, const unsigned char tenant_hash[DIGEST_SIZE], uint32_t epoch,
				 uint64_t first, uint64_t count, const void *bytes, size_t len, Failure *failure)
{
	char		hash[2 * DIGEST_SIZE + 1];
	char		name[STORE_NAME_MAX];

	hex_encode(tenant_hash, DIGEST_SIZE, hash);
	snprintf(name, sizeof(name), "leaves/%s/%" PRIu32 "/%020" PRIu64 "-%" PRIu64, hash, epoch,
			 first, count);
	return store_put(store, name, bytes, len, failure);
}

bool
layout_put_stamp(Store *store, uint64_t size, const void *bytes, size_t len, Failure *failure)
{
	char		name[STORE_NAME_MAX];

	snprintf(name, sizeof(name), "timestamp/%020" PRIu64, size);
	return store_put(store, name, bytes, len, failure);
}

bool
layout_get_checkpoint(Store *store, uint64_t size, Buf *note, bool *there, Failure *failure)
{
	char		name[STORE_NAME_MAX];

	snprintf(name, sizeof(name), LAYOUT_CHECKPOINTS "/%020" PRIu64, size);
	return store_get(store, name, note, there, failure);
}

static void
layout_see_newest(const char *name, void *context)
{
	uint64_t   *newest = context;
	const uint64_t size = strtoull(name, NULL, 10);

	if (size > *newest)
		*newest = size;
}

bool
layout_newest(Store *store, uint64_t *size, Failure *failure)
{
	*size = 0;
	return store_list(store, LAYOUT_CHECKPOINTS, layout_see_newest, size, failure);
}

typedef struct MetaSearch
{
	uint64_t	first;
	uint64_t	count;
} MetaSearch;

static void
layout_see_meta(const char *name, void *context)
{
	MetaSearch *search = context;
	char	   *end;
	const uint64_t first = strtoull(name, &end, 10);

	if (first == search->first && *end == '-')
		search->count = strtoull(end + 1, NULL, 10);
}

bool
layout_meta_count(Store *store, uint64_t first, uint64_t *count, Failure *failure)
{
	MetaSearch	search = {first, 0};
	const bool	ok = store_list(store, LAYOUT_META, layout_see_meta, &search, failure);

	*count = search.count;
	return ok;
}
