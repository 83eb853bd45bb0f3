/*
 * tiles.h: the meta-log as C2SP tlog-tiles, so that any reader of such logs can check it.
 *
 *     tile/<level>/<n>             the 256 hashes of a full tile
 *     tile/<level>/<n>.p/<width>   those of the last tile of its level, as wide as a checkpoint needs it
 *     tile/entries/<n>             the 256 meta_data records of such a tile, each behind its length (u16)
 *     tile/entries/<n>.p/<width>   likewise
 *
 * n is written in threes: 1234067 is x001/x234/067.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_TILES_H
#define NOTARY_TILES_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence/merkle.h"
#include "evidence/record.h"
#include "store/store.h"

#define TILES_WIDTH 256
#define TILES_LEVELS 8
#define TILES_RECORD (2 + META_DATA_SIZE)

typedef struct Tiles
{
	Store	   *store;
	bool		compare;		/* what is there is compared with, and nothing is put */
	uint64_t	size;			/* of the log */
	size_t		width[TILES_LEVELS];	/* of the last tile of each level */
	unsigned char hashes[TILES_LEVELS][TILES_WIDTH * DIGEST_SIZE];
	unsigned char records[TILES_WIDTH * TILES_RECORD];	/* of the last tile of level 0 */
} Tiles;

/* The tiles of an empty log. compare: the store's tiles are only compared with (UP902 when they differ). */
extern void tiles_init(Tiles *tiles, Store *store, bool compare);

/*
 * Loads the last tiles of a log that ends like this, and makes all of them from the store's meta leaves
 * when the store has none.  Tiles that do not give the log's frontier are a refusal (UP902).
 */
extern bool tiles_load(Tiles *tiles, Store *store, const Merkle *log, Failure *failure) MUST_CHECK;

/* One tile of a store: its hashes, so many.  UP902 when it is not there. */
extern bool tiles_read_tile(Store *store, int level, uint64_t n, size_t width,
							unsigned char *hashes, Failure *failure) MUST_CHECK;

/* Adds meta_data records, one after the other; puts each tile that gets full. */
extern bool tiles_add(Tiles *tiles, const unsigned char *records, size_t len,
					  Failure *failure) MUST_CHECK;

/* Puts the last tiles as wide as they are. */
extern bool tiles_put_last(Tiles *tiles, Failure *failure) MUST_CHECK;

#endif							/* NOTARY_TILES_H */
