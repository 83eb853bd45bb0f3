/*
 * recover.c: giving the database back the end of the log that it has lost.
 *
 * Order, in one transaction of the database: how far its meta leaves are those of the store; of each
 * log the leaves that it lacks; the meta leaves that it lacks; the checkpoint that was signed last.
 * Then the notary's state says that an epoch begins behind all of this, and the transaction commits.
 * After a death between the two the same is simply done again: the state only allows the epoch.
 *
 * What a round that died has put behind the last checkpoint is given back, too, so that the next round
 * can put it to the byte.  The store is read, never written.  A Recovery owns its logs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/recover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "notary/calls.h"
#include "notary/fault.h"
#include "notary/layout.h"
#include "notary/records.h"

#define RECOVER_META_BATCH 1000
#define RECOVER_HASHES_MAX ((size_t) RECOVER_LEAVES_MAX * 2 * DIGEST_SIZE + 2)

typedef struct Recovery
{
	Notary	   *notary;
	PGconn	   *conn;
	State		logs;			/* size: as the store has it; published: as the database has it */
	uint64_t	agreed;			/* meta leaves that both have */
	uint64_t	end;			/* meta leaves of the store */
	MetaRow    *rows;			/* of the database */
	uint64_t	first_row;
	int			n_rows;
	Recovered  *done;
	Failure    *failure;
} Recovery;

/* Is the database's meta leaf at this place the store's?  False with no failure when it is not. */
static bool
recover_same(Recovery *self, uint64_t index, const unsigned char *data, bool *same)
{
	unsigned char own[META_DATA_SIZE];

	if (index >= self->first_row + (uint64_t) self->n_rows)
	{
		self->first_row = index;
		if (!calls_meta(self->conn, index, self->rows, &self->n_rows, self->failure))
			return false;
	}
	*same = index < self->first_row + (uint64_t) self->n_rows;
	if (*same)
	{
		record_meta_data(&self->rows[index - self->first_row].record, own);
		*same = memcmp(own, data, META_DATA_SIZE) == 0;
	}
	return true;
}

/* A meta leaf of the store says how long its log is. */
static bool
recover_see(Recovery *self, const unsigned char *data, bool same)
{
	MetaRecord	meta;
	Log		   *log;

	record_meta_read(data, &meta);
	log = state_find(&self->logs, meta.tenant_hash, meta.epoch);
	if (log == NULL)
		log = state_add(&self->logs, meta.tenant_hash, meta.epoch);
	if (log == NULL)
	{
		failure_set(self->failure, "no memory for another log");
		return false;
	}
	log->size = meta.size;
	if (same)
		log->published = meta.size;
	return true;
}

static bool
recover_compare(Recovery *self)
{
	const unsigned char *data = NULL;
	bool		same = true;
	Records		meta;
	bool		ok = records_open(&meta, self->notary->store, "meta", META_DATA_SIZE,
								  self->failure);

	while (ok && (ok = records_next(&meta, &data, self->failure)) && data != NULL)
	{
		ok = (!same || recover_same(self, self->end, data, &same)) &&
			recover_see(self, data, same);
		self->end++;
		if (same)
			self->agreed = self->end;
	}
	records_close(&meta);
	return ok;
}

/* What the database has beyond what agrees was never signed; only a superuser takes it away. */
static bool
recover_judge(Recovery *self)
{
	Head		head;

	if (!calls_head(self->conn, &head, self->failure))
		return false;
	if (self->agreed == self->end || self->notary->state.meta.size == 0)
		failure_set_sqlstate(self->failure, "55000", "nothing that was signed is missing");
	else if (head.log.size > self->agreed)
		failure_set_sqlstate(self->failure, "UP902",
							 "log has forked at meta leaf %" PRIu64 ": a superuser calls cut_evidence(%"
							 PRIu64 ") first", self->agreed, self->agreed);
	else
		return true;
	return false;
}

/* The entry hashes of a log from where the database's ends, as a bytea's text. */
static bool
recover_read_leaves(Recovery *self, const Log *log, Buf *hashes, unsigned char tenant[UUID_SIZE])
{
	char		hex[2 * DIGEST_SIZE + 1];
	char		directory[STORE_NAME_MAX];
	const unsigned char *data = NULL;
	Records		leaves;
	bool		ok;

	hex_encode(log->tenant_hash, DIGEST_SIZE, hex);
	snprintf(directory, sizeof(directory), "leaves/%s/%" PRIu32, hex, log->epoch);
	ok = records_open(&leaves, self->notary->store, directory, LEAF_DATA_SIZE, self->failure) &&
		buf_text(hashes, "\\x");
	for (uint64_t idx = 0; ok && idx < log->size; idx++)
	{
		ok = records_next(&leaves, &data, self->failure);
		if (ok && data == NULL)
		{
			failure_set_sqlstate(self->failure, "UP902", "store has no leaf %" PRIu64 " in \"%s\"",
								 idx, directory);
			ok = false;
		}
		if (!ok || idx < log->published)
			continue;
		memcpy(tenant, data + 4, UUID_SIZE);
		hex_encode(data + LEAF_DATA_SIZE - DIGEST_SIZE, DIGEST_SIZE, hex);
		ok = buf_text(hashes, hex);
		if (!ok)
			failure_set(self->failure, "no memory, or more than %d leaves in \"%s\"",
						RECOVER_LEAVES_MAX, directory);
	}
	records_close(&leaves);
	return ok;
}

static bool
recover_log(Recovery *self, const Log *log)
{
	unsigned char tenant[UUID_SIZE];
	Buf			hashes;
	bool		ok;

	if (log->size == log->published)
		return true;
	buf_init(&hashes, RECOVER_HASHES_MAX);
	ok = recover_read_leaves(self, log, &hashes, tenant) &&
		calls_recovery_leaves(self->conn, log, tenant, hashes.data, self->failure);
	buf_free(&hashes);
	self->done->leaves += log->size - log->published;
	return ok;
}

static bool
recover_meta(Recovery *self)
{
	const unsigned char *data = NULL;
	char		hex[2 * META_DATA_SIZE + 1];
	uint64_t	first = self->agreed;
	Records		meta;
	Buf			batch;
	bool		ok = records_open(&meta, self->notary->store, "meta", META_DATA_SIZE,
								  self->failure);

	buf_init(&batch, (size_t) RECOVER_META_BATCH * 2 * META_DATA_SIZE + 2);
	for (uint64_t index = 0; ok && index < self->end; index++)
	{
		ok = records_next(&meta, &data, self->failure);
		if (!ok || index < self->agreed)
			continue;
		hex_encode(data, META_DATA_SIZE, hex);
		ok = (index > first || buf_text(&batch, "\\x")) && buf_text(&batch, hex);
		if (!ok)
			failure_set(self->failure, "no memory for meta leaves");
		if (ok && (index + 1 == self->end || index + 1 - first == RECOVER_META_BATCH))
		{
			ok = calls_recovery_meta(self->conn, first, batch.data, self->failure);
			buf_reset(&batch);
			first = index + 1;
		}
	}
	self->done->meta_leaves = self->end - self->agreed;
	buf_free(&batch);
	records_close(&meta);
	return ok;
}

/* What was signed last, as the database is to have it and as the new epoch cites it. */
static bool
recover_cite(Recovery *self)
{
	const State *state = &self->notary->state;
	Checkpoint	signed_last = {.size = state->meta.size};
	Buf			note;
	bool		there = false;
	bool		ok;

	buf_init(&note, NOTE_MAX);
	ok = layout_get_checkpoint(self->notary->store, state->meta.size, &note, &there, self->failure);
	if (ok && (!there || !merkle_root(&state->meta, signed_last.root)))
	{
		failure_set_sqlstate(self->failure, "UP902", "store has no checkpoint %" PRIu64,
							 state->meta.size);
		ok = false;
	}
	ok = ok && calls_recovered(self->conn, &signed_last, note.data, self->failure);
	buf_free(&note);
	return ok;
}

/* Everything but the commit. */
static bool
recover_all(Recovery *self)
{
	if (!calls_begin(self->conn, self->failure) ||
		!calls_recovery(self->conn, &self->done->epoch, self->failure) ||
		!recover_compare(self) || !recover_judge(self))
		return false;
	for (size_t i = 0; i < self->logs.n_logs; i++)
	{
		if (!recover_log(self, self->logs.logs[i]))
			return false;
	}
	return recover_meta(self) && recover_cite(self);
}

bool
recover(Notary *notary, PGconn *conn, Recovered *done, Failure *failure)
{
	Recovery	self = {.notary = notary, .conn = conn, .done = done, .failure = failure};
	bool		ok;

	memset(done, 0, sizeof(*done));
	self.rows = calloc(CALLS_META_ROWS, sizeof(*self.rows));
	if (self.rows == NULL)
	{
		failure_set(failure, "no memory for meta leaves");
		return false;
	}
	ok = recover_all(&self);
	if (ok)
	{
		notary->state.epoch = (uint32_t) done->epoch;
		notary->state.epoch_first = self.end;
		ok = state_save(&notary->state, notary->state_path, failure);
	}
	FAULT_POINT("recovered");
	ok = ok && calls_commit(conn, failure);
	state_free(&self.logs);
	free(self.rows);
	return ok;
}
