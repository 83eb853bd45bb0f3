/*
 * calls.h: what the notary asks of the database and tells it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_CALLS_H
#define NOTARY_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "common/failure.h"
#include "evidence/note.h"
#include "evidence/record.h"
#include "notary/state.h"

/* Rows of one question. */
#define CALLS_META_ROWS 1000
#define CALLS_LEAF_ROWS 5000
/* the text of a pg_lsn */
#define CALLS_WAL_SIZE 18

typedef struct MetaRow
{
	uint64_t	index;
	MetaRecord	record;
} MetaRow;

typedef struct LeafRow
{
	uint64_t	idx;
	unsigned char tenant[UUID_SIZE];
	unsigned char entry_hash[DIGEST_SIZE];
} LeafRow;

/* The log as it stands. */
typedef struct Head
{
	Checkpoint	log;
	bool		waiting;		/* sealing waits for calls_confirm */
	char		wal[CALLS_WAL_SIZE];	/* all of it lies before this position of the WAL */
} Head;

extern bool calls_head(PGconn *conn, Head *head, Failure *failure) MUST_CHECK;

/* On how many standbys the WAL before a position is safe. */
extern bool calls_standbys(PGconn *conn, const char *wal, uint64_t *n, Failure *failure) MUST_CHECK;

/* Nothing that was signed is missing. */
extern bool calls_confirm(PGconn *conn, const Checkpoint *head, Failure *failure) MUST_CHECK;

/* Up to CALLS_META_ROWS meta leaves from an index on; rows has room for them. */
extern bool calls_meta(PGconn *conn, uint64_t from, MetaRow *rows, int *n_rows,
					   Failure *failure) MUST_CHECK;

/* The leaves of a log from an index on, CALLS_LEAF_ROWS at most; to be cleared by the caller. */
extern PGresult *calls_leaves(PGconn *conn, const MetaRecord *log, uint64_t from, uint64_t to,
							  Failure *failure) MUST_CHECK;
extern bool calls_leaf(const PGresult *leaves, int row, LeafRow *leaf, Failure *failure) MUST_CHECK;

/* Records the time stamp of a checkpoint. */
extern bool calls_stamped(PGconn *conn, uint64_t meta_size, const void *answer, size_t len,
						  Failure *failure) MUST_CHECK;

/* Records a signed checkpoint. */
extern bool calls_checkpoint(PGconn *conn, const Checkpoint *checkpoint, const char *note,
							 Failure *failure) MUST_CHECK;

/* Recovery (recover.c): one transaction around all of it. */
extern bool calls_begin(PGconn *conn, Failure *failure) MUST_CHECK;
extern bool calls_commit(PGconn *conn, Failure *failure) MUST_CHECK;
extern bool calls_recovery(PGconn *conn, uint64_t *epoch, Failure *failure) MUST_CHECK;
extern bool calls_recovery_leaves(PGconn *conn, const Log *log,
								  const unsigned char tenant[UUID_SIZE], const char *entry_hashes,
								  Failure *failure) MUST_CHECK;
extern bool calls_recovery_meta(PGconn *conn, uint64_t from, const char *records,
								Failure *failure) MUST_CHECK;
extern bool calls_recovered(PGconn *conn, const Checkpoint *checkpoint, const char *note,
							Failure *failure) MUST_CHECK;

/* The log is not the one that was signed: sealing stops. */
extern bool calls_refused(PGconn *conn, const char *reason, Failure *failure) MUST_CHECK;

/* Tells every tenant what a probe of the store gave. */
extern bool calls_probed(PGconn *conn, const char *report, Failure *failure) MUST_CHECK;

/* And what an audit of it gave. */
extern bool calls_audited(PGconn *conn, const char *report, Failure *failure) MUST_CHECK;

/* Gives tenants that were silent for so long an entry. */
extern bool calls_heartbeat(PGconn *conn, int idle_seconds, Failure *failure) MUST_CHECK;

#endif							/* NOTARY_CALLS_H */
