/*
 * state.h: what the notary itself has seen and signed.
 *
 * This is the notary's memory: it is the only thing beside the signature key that the database
 * cannot rewrite.  Per tenant and epoch it holds where the log ended, so that only an extension of
 * exactly that log gives the next root.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_STATE_H
#define NOTARY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/failure.h"
#include "evidence/merkle.h"
#include "evidence/note.h"
#include "evidence/record.h"

/* tenants times epochs */
#define STATE_LOGS_MAX 1000000
/* leaves that one meta leaf may add: a sealer never cuts a transaction */
#define STATE_NEW_LEAVES_MAX 2000000

/* One tenant's log. */
typedef struct Log
{
	unsigned char tenant_hash[DIGEST_SIZE];
	uint32_t	epoch;
	unsigned char tenant[UUID_SIZE];
	unsigned char last_leaf[DIGEST_SIZE];
	uint64_t	size;
	unsigned char *frontier;	/* merkle_nodes(size) hashes */
	uint64_t	published;		/* the size that was saved; new_leaves starts here */
	Buf			new_leaves;		/* leaf_data records that are not in the store yet */
} Log;

typedef struct State
{
	char		origin[NOTE_NAME_MAX + 1];	/* empty: nothing seen yet */
	Merkle		meta;
	uint64_t	round;			/* of the last meta leaf */
	int64_t		signed_us;		/* wall clock of the last checkpoint */
	uint32_t	epoch;			/* that is open */
	uint64_t	epoch_first;	/* its first meta leaf; those before are of the epoch before */
	Log		  **logs;			/* by tenant_hash and epoch */
	size_t		n_logs;
	size_t		room;
} State;

/* A file that does not exist is an empty state. */
extern bool state_load(State *state, const char *path, Failure *failure) MUST_CHECK;
extern void state_free(State *state);

/* Replaces the file in one step, on disk before it returns. */
extern bool state_save(const State *state, const char *path, Failure *failure) MUST_CHECK;

/* The log of a tenant and epoch; NULL when there is none. */
extern Log *state_find(const State *state, const unsigned char tenant_hash[DIGEST_SIZE],
					   uint32_t epoch);

/* Adds an empty log; NULL when memory is short or there are too many. */
extern Log *state_add(State *state, const unsigned char tenant_hash[DIGEST_SIZE],
					  uint32_t epoch) MUST_CHECK;

/* The log's frontier as a tree, and back. */
extern void log_open(const Log *log, Merkle *tree);
extern bool log_close(Log *log, const Merkle *tree) MUST_CHECK;

#endif							/* NOTARY_STATE_H */
