/*
 * audit.c: everything in the store computed again, and compared with the notary's own state.
 *
 * Order: meta leaf by meta leaf; each brings its log forward to its size, leaf by leaf, and the root
 * that comes out must be its own; then it is added to the meta-log and to its tiles, which must be in
 * the store as they get full and, at the end, as they are.  When there is a checkpoint of that size,
 * its root and signature must be good.  The store itself says of each file it gives that it is there
 * once, not hidden, and locked (store_get).  At the end every log must be as long as the state says,
 * with the same frontier.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "notary/layout.h"
#include "notary/records.h"
#include "notary/tiles.h"

/* One tenant's log, as far as it has been read. */
typedef struct AuditLog
{
	Records		leaves;
	Merkle		tree;
	unsigned char last_leaf[DIGEST_SIZE];
} AuditLog;

typedef struct Audit
{
	Store	   *store;
	const State *state;
	const AuditKeys *keys;
	AuditLog   *logs;			/* as state->logs */
	Merkle		meta;
	Tiles		tiles;			/* of meta, which the store must have */
	Records		checkpoints;	/* only their sizes; at: the next one */
	uint64_t	leaves;
	Failure    *failure;
} Audit;

bool
audit_keys_read(AuditKeys *keys, const char *path, Failure *failure)
{
	char		line[NOTE_VKEY_SIZE + 1];
	FILE	   *file = fopen(path, "re");
	bool		ok = file != NULL;

	while (ok && fgets(line, sizeof(line), file) != NULL)
	{
		line[strcspn(line, "\n")] = '\0';
		ok = keys->n < AUDIT_KEYS_MAX && note_key_parse(line, &keys->key[keys->n]);
		keys->n++;
	}
	if (file != NULL)
		(void) fclose(file);
	if (!ok)
		failure_set(failure, "file \"%s\" is not a list of verifier keys", path);
	return ok;
}

static bool
audit_finding(Audit *self, const char *what, uint64_t index)
{
	failure_set_sqlstate(self->failure, "UP902", "store: %s %" PRIu64, what, index);
	return false;
}

static uint64_t
read_u64(const unsigned char *bytes)
{
	uint64_t	value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* The log that a meta leaf names, opened when it is named first; NULL: the notary never signed one. */
static AuditLog *
audit_log(Audit *self, const MetaRecord *meta)
{
	const Log  *known = state_find(self->state, meta->tenant_hash, meta->epoch);
	char		hash[2 * DIGEST_SIZE + 1];
	char		directory[STORE_NAME_MAX];
	AuditLog   *log;
	size_t		i = 0;

	if (known == NULL)
		return audit_finding(self, "no such log at meta leaf", self->meta.size), NULL;
	while (self->state->logs[i] != known)
		i++;
	log = &self->logs[i];
	hex_encode(meta->tenant_hash, DIGEST_SIZE, hash);
	snprintf(directory, sizeof(directory), "leaves/%s/%" PRIu32, hash, meta->epoch);
	if (log->leaves.store == NULL &&
		!records_open(&log->leaves, self->store, directory, LEAF_DATA_SIZE, self->failure))
		return NULL;
	return log;
}

static bool
audit_leaf(Audit *self, AuditLog *log, const MetaRecord *meta)
{
	const unsigned char *data;

	if (!records_next(&log->leaves, &data, self->failure))
		return false;
	if (data == NULL || memcmp(data, "EVL1", 4) != 0 || read_u64(data + 24) != log->tree.size ||
		(uint32_t) (read_u64(data + 16) & UINT32_MAX) != meta->epoch ||
		memcmp(data + 32, log->last_leaf, DIGEST_SIZE) != 0)
		return audit_finding(self, "no leaf that follows, for meta leaf", self->meta.size);
	self->leaves++;
	return (record_leaf_hash(data, LEAF_DATA_SIZE, log->last_leaf) &&
			merkle_append(&log->tree, log->last_leaf)) ||
		audit_finding(self, "could not hash for meta leaf", self->meta.size);
}

static bool
audit_meta(Audit *self, const unsigned char data[META_DATA_SIZE])
{
	unsigned char root[DIGEST_SIZE];
	unsigned char leaf[DIGEST_SIZE];
	MetaRecord	meta;
	AuditLog   *log;

	record_meta_read(data, &meta);
	log = audit_log(self, &meta);
	if (log == NULL)
		return false;
	while (log->tree.size < meta.size)
	{
		if (!audit_leaf(self, log, &meta))
			return false;
	}
	if (memcmp(data, "EVM1", 4) != 0 || log->tree.size != meta.size ||
		!merkle_root(&log->tree, root) || memcmp(root, meta.root, DIGEST_SIZE) != 0)
		return audit_finding(self, "another root at meta leaf", self->meta.size);
	if (!record_leaf_hash(data, META_DATA_SIZE, leaf) || !merkle_append(&self->meta, leaf))
		return audit_finding(self, "could not hash meta leaf", self->meta.size);
	return tiles_add(&self->tiles, data, META_DATA_SIZE, self->failure);
}

/* Does the note say what the meta-log is now, and is it signed by one of the keys? */
static bool
audit_note(const Audit *self, const char *note)
{
	Checkpoint	own = {.size = self->meta.size};
	char		text[NOTE_MAX];
	size_t		text_len;

	memcpy(own.origin, self->state->origin, sizeof(own.origin));
	text_len = merkle_root(&self->meta, own.root) ?
		note_checkpoint_text(&own, text, sizeof(text)) : 0;
	if (text_len == 0 || strncmp(note, text, text_len) != 0)
		return false;
	for (size_t i = 0; i < self->keys->n; i++)
	{
		if (note_verify(note, &self->keys->key[i]) == NOTE_SIGNED)
			return true;
	}
	return false;
}

/* The checkpoint of the meta-log as it is now, when there is one. */
static bool
audit_checkpoint(Audit *self)
{
	Records    *sizes = &self->checkpoints;
	bool		there;
	bool		ok;
	Buf			note;

	if (sizes->at == sizes->n_ranges || sizes->ranges[sizes->at].first > self->meta.size)
		return true;
	if (sizes->ranges[sizes->at].first < self->meta.size)
		return audit_finding(self, "there is no log for checkpoint", sizes->ranges[sizes->at].first);
	while (sizes->at < sizes->n_ranges && sizes->ranges[sizes->at].first == self->meta.size)
		sizes->at++;
	buf_init(&note, NOTE_MAX);
	ok = layout_get_checkpoint(self->store, self->meta.size, &note, &there, self->failure);
	if (ok && !(there && audit_note(self, note.data)))
		ok = audit_finding(self, "another root, or no good signature, at checkpoint",
						   self->meta.size);
	buf_free(&note);
	return ok;
}

/* Do two trees end in the same place? */
static bool
audit_same(const Merkle *tree, uint64_t size, const unsigned char *frontier)
{
	return tree->size == size &&
		memcmp(tree->node[0], frontier, (size_t) tree->n * DIGEST_SIZE) == 0;
}

static bool
audit_end(Audit *self)
{
	for (size_t i = 0; i < self->state->n_logs; i++)
	{
		const Log  *log = self->state->logs[i];

		if (!audit_same(&self->logs[i].tree, log->size, log->frontier))
			return audit_finding(self, "not what was signed in log", i);
	}
	if (!audit_same(&self->meta, self->state->meta.size, self->state->meta.node[0]))
		return audit_finding(self, "not the meta-log that was signed, but one of size",
							 self->meta.size);
	return self->meta.size == 0 ||
		(self->checkpoints.n_ranges > 0 && self->checkpoints.at == self->checkpoints.n_ranges &&
		 self->checkpoints.ranges[self->checkpoints.n_ranges - 1].first == self->meta.size) ||
		audit_finding(self, "there is no checkpoint, or a newer one, at", self->meta.size);
}

/* Only so far as the state: what a dead round put behind it is not signed yet. */
static bool
audit_all(Audit *self)
{
	const unsigned char *data = NULL;
	Records		meta;
	bool		ok = records_open(&meta, self->store, "meta", META_DATA_SIZE, self->failure) &&
		records_open(&self->checkpoints, self->store, "checkpoint", 1, self->failure);

	while (ok && self->meta.size < self->state->meta.size)
	{
		ok = records_next(&meta, &data, self->failure);
		if (ok && data == NULL)
			ok = audit_finding(self, "there is no meta leaf", self->meta.size);
		ok = ok && audit_meta(self, data) && audit_checkpoint(self);
	}
	ok = ok && audit_end(self) && tiles_put_last(&self->tiles, self->failure);
	records_close(&meta);
	records_close(&self->checkpoints);
	return ok;
}

static bool
audit_report(const Audit *self, bool good, Buf *report)
{
	const char *reason = good ? "" : self->failure->message;

	return buf_printf(report, "{\"checkpoints\":%" PRIu64 ",\"good\":%s,\"leaves\":%" PRIu64
					  ",\"meta_leaves\":%" PRIu64 ",\"reason\":", (uint64_t) self->checkpoints.at,
					  good ? "true" : "false", self->leaves, self->meta.size) &&
		buf_json_string(report, reason, strlen(reason)) &&
		buf_text(report, ",\"tiers\":[\"T0 signatures\",\"T1 trees\",\"T3 objects and locks\"]}");
}

bool
audit(Store *store, const State *state, const AuditKeys *keys, Buf *report, Failure *failure)
{
	Audit		self = {.store = store, .state = state, .keys = keys, .failure = failure};
	bool		good = false;

	tiles_init(&self.tiles, store, true);
	self.logs = calloc(state->n_logs + 1, sizeof(*self.logs));
	if (self.logs == NULL)
		failure_set(failure, "no memory for an audit");
	else
		good = audit_all(&self);
	if (!audit_report(&self, good, report))
	{
		failure_set(failure, "no memory for a report");
		good = false;
	}
	for (size_t i = 0; self.logs != NULL && i < state->n_logs; i++)
		records_close(&self.logs[i].leaves);
	free(self.logs);
	return good;
}
