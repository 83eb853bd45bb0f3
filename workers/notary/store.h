/*
 * store.h: the create-only store of checkpoints and leaves, a directory
 * (docs/formats.md: Store layout).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_STORE_H
#define NOTARY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "common/failure.h"

typedef struct Store
{
	int			fd;				/* of the directory */
} Store;

/* The directory must exist; it stays locked until store_close. */
extern bool store_open(Store *store, const char *path, Failure *failure) MUST_CHECK;
extern void store_close(Store *store);

/*
 * Each puts one file, whole and on disk, or finds the same bytes there already.  Other bytes under
 * the name are a refusal (UP902).
 */
extern bool store_put_checkpoint(Store *store, uint64_t size, const void *bytes, size_t len,
								 Failure *failure) MUST_CHECK;
extern bool store_put_meta(Store *store, uint64_t first, uint64_t count, const void *bytes,
						   size_t len, Failure *failure) MUST_CHECK;
extern bool store_put_leaves(Store *store, const unsigned char tenant_hash[DIGEST_SIZE],
							 uint32_t epoch, uint64_t first, uint64_t count,
							 const void *bytes, size_t len, Failure *failure) MUST_CHECK;

/* The size of the newest checkpoint, 0 when there is none. */
extern bool store_newest(Store *store, uint64_t *size, Failure *failure) MUST_CHECK;

/* The count of the meta file that starts at first, 0 when there is none. */
extern bool store_meta_count(Store *store, uint64_t first, uint64_t *count,
							 Failure *failure) MUST_CHECK;

#endif							/* NOTARY_STORE_H */
