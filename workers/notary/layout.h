/*
 * layout.h: the names that the notary's files have in a store (docs/formats.md: Store layout).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_LAYOUT_H
#define NOTARY_LAYOUT_H

#include <stdint.h>

#include "common/digest.h"
#include "store/store.h"

/* Each puts one file, as store_put does. */
extern bool layout_put_checkpoint(Store *store, uint64_t size, const void *bytes, size_t len,
								  Failure *failure) MUST_CHECK;
extern bool layout_put_meta(Store *store, uint64_t first, uint64_t count, const void *bytes,
							size_t len, Failure *failure) MUST_CHECK;
extern bool layout_put_leaves(Store *store, const unsigned char tenant_hash[DIGEST_SIZE],
							  uint32_t epoch, uint64_t first, uint64_t count, const void *bytes,
							  size_t len, Failure *failure) MUST_CHECK;

/* The time stamp of the checkpoint of this size. */
extern bool layout_put_stamp(Store *store, uint64_t size, const void *bytes, size_t len,
							 Failure *failure) MUST_CHECK;

/* Appends the checkpoint of this size; *there: there is one. */
extern bool layout_get_checkpoint(Store *store, uint64_t size, Buf *note, bool *there,
								  Failure *failure) MUST_CHECK;

/* The size of the newest checkpoint, 0 when there is none. */
extern bool layout_newest(Store *store, uint64_t *size, Failure *failure) MUST_CHECK;

/* The count of the meta file that starts at first, 0 when there is none. */
extern bool layout_meta_count(Store *store, uint64_t first, uint64_t *count,
							  Failure *failure) MUST_CHECK;

#endif							/* NOTARY_LAYOUT_H */
