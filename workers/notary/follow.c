/*
 * follow.c: following the database's log with the notary's own state.
 *
 * Order, for each meta leaf: it must be the next one; the log that it names must grow; each new
 * leaf is chained to the last one that the notary knows and added to the frontier that the notary
 * keeps; the root that comes out must be the meta leaf's; then the meta leaf itself is added to the
 * meta-log.  So a history that differs anywhere before cannot give the next root.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/follow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "notary/calls.h"

static bool
refuse(Failure *failure, const MetaRow *meta, const char *reason)
{
	failure_set_sqlstate(failure, "UP902", "meta leaf %" PRIu64 ": %s", meta->index, reason);
	return false;
}

/* All logs are of the epoch that is open; the next one comes only by a recovery (recover.h). */
static bool
follow_epoch(const State *state, const MetaRow *meta, Failure *failure)
{
	const uint32_t epoch = meta->index < state->epoch_first ? state->epoch - 1 : state->epoch;

	if (meta->record.epoch > epoch)
		return refuse(failure, meta, "the tenant begins an epoch that nobody declared");
	return meta->record.epoch == epoch ||
		refuse(failure, meta, "the tenant's log grows in an epoch that is over");
}

static bool
follow_new_log(State *state, const MetaRecord *meta, Log **log, Failure *failure)
{
	*log = state_add(state, meta->tenant_hash, meta->epoch);
	if (*log == NULL)
		failure_set(failure, "no memory for another log, or more than %d logs", STATE_LOGS_MAX);
	return *log != NULL;
}

/* A log's first leaf says whose it is.  A tenant has one name, and one log in each epoch. */
static bool
follow_tenant(const State *state, Log *log, const MetaRow *meta, const LeafRow *leaf,
			  Failure *failure)
{
	if (log->size > 0 || log->new_leaves.len > 0)
		return memcmp(log->tenant, leaf->tenant, UUID_SIZE) == 0 ||
			refuse(failure, meta, "the log has become another tenant's");
	for (size_t i = 0; i < state->n_logs; i++)
	{
		if (state->logs[i] != log && memcmp(state->logs[i]->tenant, leaf->tenant, UUID_SIZE) == 0 &&
			memcmp(state->logs[i]->tenant_hash, log->tenant_hash, DIGEST_SIZE) != 0)
			return refuse(failure, meta, "the tenant has a log already");
	}
	memcpy(log->tenant, leaf->tenant, UUID_SIZE);
	return true;
}

static bool
follow_leaf(Log *log, Merkle *tree, const LeafRow *row, Failure *failure)
{
	LeafRecord	leaf = {.epoch = log->epoch, .idx = row->idx};
	unsigned char data[LEAF_DATA_SIZE];

	memcpy(leaf.tenant, row->tenant, UUID_SIZE);
	memcpy(leaf.prev, log->last_leaf, DIGEST_SIZE);
	memcpy(leaf.entry_hash, row->entry_hash, DIGEST_SIZE);
	record_leaf_data(&leaf, data);
	if (record_leaf_hash(data, sizeof(data), log->last_leaf) &&
		merkle_append(tree, log->last_leaf) && buf_append(&log->new_leaves, data, sizeof(data)))
		return true;
	failure_set(failure, "no memory for new leaves, or more than %d", STATE_NEW_LEAVES_MAX);
	return false;
}

/* The leaves of one answer. */
static bool
follow_answer(const State *state, Log *log, Merkle *tree, const MetaRow *meta,
			  const PGresult *leaves, Failure *failure)
{
	LeafRow		row;

	if (PQntuples(leaves) == 0)
		return refuse(failure, meta, "its leaves are missing");
	for (int i = 0; i < PQntuples(leaves); i++)
	{
		if (!calls_leaf(leaves, i, &row, failure))
			return false;
		if (row.idx != tree->size)
			return refuse(failure, meta, "its leaves have a gap");
		if (!follow_tenant(state, log, meta, &row, failure) ||
			!follow_leaf(log, tree, &row, failure))
			return false;
	}
	return true;
}

static bool
follow_leaves(const State *state, PGconn *conn, Log *log, const MetaRow *meta, Failure *failure)
{
	unsigned char root[DIGEST_SIZE];
	Merkle		tree;
	bool		ok = true;

	log_open(log, &tree);
	while (ok && tree.size < meta->record.size)
	{
		PGresult *leaves = calls_leaves(conn, &meta->record, tree.size, meta->record.size, failure);

		ok = leaves != NULL && follow_answer(state, log, &tree, meta, leaves, failure);
		PQclear(leaves);
	}
	if (!ok)
		return false;
	if (!merkle_root(&tree, root) || !log_close(log, &tree))
	{
		failure_set(failure, "no memory for a frontier");
		return false;
	}
	return memcmp(root, meta->record.root, DIGEST_SIZE) == 0 ||
		refuse(failure, meta, "its root does not extend the log that was signed");
}

static bool
follow_meta(State *state, PGconn *conn, const MetaRow *meta, Buf *new_meta, Failure *failure)
{
	Log		   *log = state_find(state, meta->record.tenant_hash, meta->record.epoch);
	unsigned char data[META_DATA_SIZE];
	unsigned char leaf[DIGEST_SIZE];

	if (meta->index != state->meta.size)
		return refuse(failure, meta, "the meta-log has a gap before it");
	if (meta->record.round < state->round)
		return refuse(failure, meta, "its round lies before the last one");
	if (!follow_epoch(state, meta, failure) ||
		(log == NULL && !follow_new_log(state, &meta->record, &log, failure)))
		return false;
	if (meta->record.size <= log->size)
		return refuse(failure, meta, "the tenant's log does not grow");
	if (!follow_leaves(state, conn, log, meta, failure))
		return false;
	record_meta_data(&meta->record, data);
	if (!record_leaf_hash(data, sizeof(data), leaf) || !merkle_append(&state->meta, leaf) ||
		!buf_append(new_meta, data, sizeof(data)))
	{
		failure_set(failure, "no memory for new meta leaves");
		return false;
	}
	state->round = meta->record.round;
	return true;
}

/* How many leaves a meta leaf brings, given the logs as they are now. */
static uint64_t
follow_weight(const State *state, const MetaRow *meta)
{
	const Log  *log = state_find(state, meta->record.tenant_hash, meta->record.epoch);
	const uint64_t size = log != NULL ? log->size : 0;

	return meta->record.size > size ? meta->record.size - size : 0;
}

bool
follow(State *state, PGconn *conn, uint64_t target, bool exact, Buf *new_meta, Failure *failure)
{
	MetaRow    *rows = calloc(CALLS_META_ROWS, sizeof(*rows));
	const uint64_t start = state->meta.size;
	uint64_t	weight = 0;
	bool		full = false;
	bool		ok = rows != NULL;

	if (!ok)
		failure_set(failure, "no memory for meta leaves");
	while (ok && !full && state->meta.size < target)
	{
		int			n_rows;

		ok = calls_meta(conn, state->meta.size, rows, &n_rows, failure);
		if (ok && n_rows == 0)
		{
			failure_set_sqlstate(failure, "UP902", "meta leaf %" PRIu64 " is missing",
								 state->meta.size);
			ok = false;
		}
		for (int i = 0; ok && !full && i < n_rows && state->meta.size < target; i++)
		{
			weight += follow_weight(state, &rows[i]);
			full = !exact && state->meta.size > start &&
				(weight > FOLLOW_LEAVES_MAX || state->meta.size - start >= FOLLOW_META_MAX);
			ok = full || follow_meta(state, conn, &rows[i], new_meta, failure);
		}
	}
	free(rows);
	return ok;
}
