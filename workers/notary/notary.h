/*
 * notary.h: the notary at work.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_NOTARY_H
#define NOTARY_NOTARY_H

#include <stdbool.h>

#include "common/failure.h"
#include "common/pgconn.h"
#include "notary/calls.h"
#include "notary/key.h"
#include "notary/state.h"
#include "store/target.h"
#include "notary/tiles.h"
#include "notary/tsa.h"
#include "notary/witness.h"

#define NOTARY_KEYS_MAX 2

typedef struct Notary
{
	Store	   *store;
	Key		   *keys[NOTARY_KEYS_MAX];	/* the second one is the next, while keys change */
	size_t		n_keys;
	Witnesses  *witnesses;		/* NULL: nobody else signs */
	const char *state_path;		/* the caller's, as long as the notary */
	State		state;			/* of no use after a failed round: notary_resume loads it again */
	Tiles		tiles;			/* of state.meta, once they are loaded */
	bool		tiles_loaded;
	unsigned	standbys;		/* that must have the WAL of what is signed */
	uint64_t	durable;		/* so much of the meta-log they have */
	Head		awaited;		/* and when they have the WAL of this, so much more */
	bool		log_refused;	/* why a round failed: the database's log is not the one that was signed */
	bool		sign_again;		/* after loading: the last checkpoint may not have got everywhere */
	bool		half_made;		/* after loading: the next checkpoint may have been begun */
} Notary;

/* A second key path may be NULL.  Refuses (UP902) when the store has a newer checkpoint than the state. */
extern bool notary_open(Notary *notary, const char *const key_paths[NOTARY_KEYS_MAX],
						const Target *target, const char *state_path,
						Failure *failure) MUST_CHECK;
extern void notary_close(Notary *notary);

/* Back to what was saved last. */
extern bool notary_resume(Notary *notary, Failure *failure) MUST_CHECK;

typedef struct Round
{
	bool		more;			/* the log has more than one checkpoint may add */
	bool		behind;			/* the standbys lack some of it */
	uint64_t	signed_size;	/* of a new checkpoint, else 0 */
} Round;

/* One round: reads the log's head; when it has grown, follows it, publishes and signs. */
extern bool notary_round(Notary *notary, PGconn *conn, Round *round, Failure *failure) MUST_CHECK;

/*
 * Audits the store (audit.h), also by the past keys of a file, which may be NULL.
 */
extern bool notary_audit(Notary *notary, const char *past_keys_path, Buf *report,
						 Failure *failure) MUST_CHECK;

/*
 * Puts a time stamp of the checkpoint that was signed last beside it, and into the database.  A failure without an SQLSTATE
 * is the authority's, and takes nothing from the checkpoint.
 */
extern bool notary_stamp(Notary *notary, PGconn *conn, const TsaSettings *settings,
						 Failure *failure) MUST_CHECK;

#endif							/* NOTARY_NOTARY_H */
