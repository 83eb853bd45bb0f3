/*
 * prepared.h: which statements a connection has prepared, by their text.
 *
 * At most LIMIT_STATEMENTS; the one unused for longest makes room.  An entry is `ready` only when
 * the server has said so; until then others send the statement unnamed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_PREPARED_H
#define SIDECAR_PREPARED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"
#include "maxima.h"

typedef struct PreparedEntry
{
	char	   *sql;			/* NULL: the place is free */
	uint64_t	hash;
	int			number;			/* its name on the server is s<number> */
	bool		ready;
	uint64_t	used;			/* of the clock below */
	struct PreparedEntry *next;	/* in its bucket */
} PreparedEntry;

#define PREPARED_BUCKETS 1024

typedef struct Prepared
{
	PreparedEntry entries[LIMIT_STATEMENTS];
	PreparedEntry *buckets[PREPARED_BUCKETS];
	int			count;			/* places ever used */
	int			last_number;
	uint64_t	clock;
} Prepared;

#define PREPARED_NAME_SIZE 16

extern void prepared_name(int number, char name[PREPARED_NAME_SIZE]);

extern PreparedEntry *prepared_find(Prepared *prepared, const char *sql);

/*
 * A new entry, not ready.  *evicted is the number of the statement that the server must forget, 0
 * when none (also to be heeded when the result is NULL).  NULL when every place is taken by one
 * that is being prepared, or out of memory.
 */
extern PreparedEntry *prepared_add(Prepared *prepared, const char *sql, int *evicted);
extern void prepared_drop(Prepared *prepared, PreparedEntry *entry);

/* Forgets everything, as a new connection must. */
extern void prepared_clear(Prepared *prepared);

#endif							/* SIDECAR_PREPARED_H */
