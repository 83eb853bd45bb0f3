/*
 * notary.c: the notary at work.
 *
 * Order of one round, so that a death between any two steps loses and doubles nothing:
 *   1. the new meta leaves are put into the store: this says which checkpoint is being made;
 *   2. the leaves behind them are put there, and the tiles of the meta-log;
 *   3. the state is saved: from here on nothing else can ever be signed for this size;
 *   4. the checkpoint is signed, by witnesses too, and put into the store;
 *   5. it is told to the database.
 * After a death before 3, the meta file found in the store makes the next round do the same again,
 * to the byte; after one behind 3, notary_resume has 4 and 5 done again.
 *
 * Lock: a directory's (store/directory.c) keeps a second notary away; in a bucket, which has none, the
 * second one is refused by what the first has put there.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/notary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "evidence/stamp.h"
#include "notary/audit.h"
#include "notary/calls.h"
#include "notary/fault.h"
#include "notary/follow.h"
#include "notary/layout.h"

static bool
notary_load_keys(Notary *notary, const char *const key_paths[NOTARY_KEYS_MAX], Failure *failure)
{
	for (size_t i = 0; i < NOTARY_KEYS_MAX && key_paths[i] != NULL; i++)
	{
		notary->keys[i] = key_load(key_paths[i], failure);
		if (notary->keys[i] == NULL)
			return false;
		notary->n_keys++;
	}
	return true;
}

bool
notary_open(Notary *notary, const char *const key_paths[NOTARY_KEYS_MAX], const Target *target,
			const char *state_path, Failure *failure)
{
	uint64_t	newest;

	memset(notary, 0, sizeof(*notary));
	notary->state_path = state_path;
	notary->store = target_open(target, failure);
	if (notary->store == NULL)
		return false;
	if (notary_load_keys(notary, key_paths, failure) && notary_resume(notary, failure) &&
		layout_newest(notary->store, &newest, failure))
	{
		if (newest <= notary->state.meta.size)
			return true;
		failure_set_sqlstate(failure, "UP902",
							 "store has checkpoint %" PRIu64 ", newer than the state's %" PRIu64,
							 newest, notary->state.meta.size);
	}
	notary_close(notary);
	return false;
}

void
notary_close(Notary *notary)
{
	state_free(&notary->state);
	for (size_t i = 0; i < notary->n_keys; i++)
		key_free(notary->keys[i]);
	store_close(notary->store);
}

bool
notary_resume(Notary *notary, Failure *failure)
{
	state_free(&notary->state);
	notary->sign_again = true;
	notary->half_made = true;
	notary->tiles_loaded = false;
	notary->log_refused = false;
	notary->durable = 0;
	notary->awaited.wal[0] = '\0';
	return state_load(&notary->state, notary->state_path, failure);
}

/* What the state says the log's head is. */
static bool
notary_own_head(const Notary *notary, Checkpoint *own, Failure *failure)
{
	memcpy(own->origin, notary->state.origin, sizeof(own->origin));
	own->size = notary->state.meta.size;
	if (merkle_root(&notary->state.meta, own->root))
		return true;
	failure_set(failure, "could not hash");
	return false;
}

/*
 * What an earlier life put into the store for this checkpoint; *there: it did.  It must say the same
 * and be signed by one of the keys, so that a new key comes only after one signed beside it.
 */
static bool
notary_signed_before(Notary *notary, const Checkpoint *checkpoint, char note[NOTE_MAX], bool *there,
					 Failure *failure)
{
	char		text[NOTE_MAX];
	const size_t text_len = note_checkpoint_text(checkpoint, text, sizeof(text));
	bool		by_us = false;
	Buf			found;

	buf_init(&found, NOTE_MAX - 1);
	if (!layout_get_checkpoint(notary->store, checkpoint->size, &found, there, failure))
	{
		buf_free(&found);
		return false;
	}
	snprintf(note, NOTE_MAX, "%s", found.data);
	buf_free(&found);
	for (size_t i = 0; *there && i < notary->n_keys; i++)
		by_us = by_us || note_verify(note, key_public(notary->keys[i])) == NOTE_SIGNED;
	if (!*there || (by_us && text_len > 0 && strncmp(note, text, text_len) == 0))
		return true;
	failure_set_sqlstate(failure, "UP902", "store has checkpoint %" PRIu64
						 " with other bytes, or signed by another key", checkpoint->size);
	return false;
}

/* The note with everybody's signatures. */
static bool
notary_write(Notary *notary, const Checkpoint *checkpoint, char note[NOTE_MAX], Failure *failure)
{
	return key_sign(notary->keys, notary->n_keys, checkpoint, note, failure) &&
		(notary->witnesses == NULL ||
		 witness_ask(notary->witnesses, notary->store, checkpoint->size, note, failure));
}

/* Steps 4 and 5. */
static bool
notary_sign(Notary *notary, PGconn *conn, Failure *failure)
{
	Checkpoint	checkpoint;
	char		note[NOTE_MAX];
	bool		there = false;

	if (!notary_own_head(notary, &checkpoint, failure) ||
		(notary->sign_again &&
		 !notary_signed_before(notary, &checkpoint, note, &there, failure)) ||
		(!there && !notary_write(notary, &checkpoint, note, failure)) ||
		!layout_put_checkpoint(notary->store, checkpoint.size, note, strlen(note), failure))
		return false;
	FAULT_POINT("checkpoint");
	if (!calls_checkpoint(conn, &checkpoint, note, failure))
		return false;
	FAULT_POINT("record");
	return true;
}

/* Step 2. */
static bool
notary_put_leaves(Notary *notary, Failure *failure)
{
	for (size_t i = 0; i < notary->state.n_logs; i++)
	{
		Log		   *log = notary->state.logs[i];

		if (log->new_leaves.len > 0 &&
			!layout_put_leaves(notary->store, log->tenant_hash, log->epoch, log->published,
							  log->size - log->published, log->new_leaves.data, log->new_leaves.len,
							  failure))
			return false;
		log->published = log->size;
		buf_free(&log->new_leaves);
	}
	return true;
}

/* The tiles of the log as it was signed last, which a store of an earlier version does not have. */
static bool
notary_load_tiles(Notary *notary, Failure *failure)
{
	if (!notary->tiles_loaded)
		notary->tiles_loaded = tiles_load(&notary->tiles, notary->store, &notary->state.meta,
										  failure);
	return notary->tiles_loaded;
}

/* Steps 1 to 3. */
static bool
notary_publish(Notary *notary, uint64_t first, const Buf *new_meta, Failure *failure)
{
	if (!layout_put_meta(notary->store, first, notary->state.meta.size - first, new_meta->data,
						new_meta->len, failure))
		return false;
	FAULT_POINT("meta");
	if (!notary_put_leaves(notary, failure))
		return false;
	FAULT_POINT("leaves");
	if (!tiles_add(&notary->tiles, (const unsigned char *) new_meta->data, new_meta->len, failure) ||
		!tiles_put_last(&notary->tiles, failure))
		return false;
	FAULT_POINT("tiles");
	notary->state.signed_us = clock_wall_us();
	if (!state_save(&notary->state, notary->state_path, failure))
		return false;
	FAULT_POINT("state");
	return true;
}

/* The head must be of the log that was signed, and not behind it. */
static bool
notary_check_head(Notary *notary, const Checkpoint *head, Failure *failure)
{
	State	   *state = &notary->state;
	Checkpoint	own;

	if (state->origin[0] == '\0')
		memcpy(state->origin, head->origin, sizeof(state->origin));
	if (!notary_own_head(notary, &own, failure))
		return false;
	if (strcmp(own.origin, head->origin) != 0)
	{
		failure_set_sqlstate(failure, "UP902", "log is \"%s\", not \"%s\"", head->origin,
							 own.origin);
		return false;
	}
	if (head->size < own.size)
		failure_set_sqlstate(failure, "UP902",
							 "log has shrunk to %" PRIu64 " meta leaves, %" PRIu64 " were signed",
							 head->size, own.size);
	else if (head->size == own.size && memcmp(head->root, own.root, DIGEST_SIZE) != 0)
		failure_set_sqlstate(
			failure, "UP902",
			"log has another root at size %" PRIu64 " than the one that was computed", own.size);
	else
		return true;
	notary->log_refused = true;
	return false;
}

/* The new meta leaves and what is behind them. */
static bool
notary_follow(Notary *notary, PGconn *conn, uint64_t target, bool exact, Buf *new_meta,
			  Failure *failure)
{
	const bool	ok = follow(&notary->state, conn, target, exact, new_meta, failure);

	notary->log_refused = !ok && strcmp(failure->sqlstate, "UP902") == 0;
	return ok;
}

/* Where this round ends: as far as it may be signed, or where a round that died was going. */
static bool
notary_target(Notary *notary, const Checkpoint *head, uint64_t *target, bool *exact,
			  Failure *failure)
{
	uint64_t	count = 0;

	if (notary->half_made &&
		!layout_meta_count(notary->store, notary->state.meta.size, &count, failure))
		return false;
	notary->half_made = false;
	*exact = count > 0;
	*target = *exact ? notary->state.meta.size + count : notary->durable;
	if (*target <= head->size)
		return true;
	failure_set_sqlstate(failure, "UP902",
						 "store has meta leaves up to %" PRIu64 ", the log only %" PRIu64, *target,
						 head->size);
	return false;
}

static bool
notary_extend(Notary *notary, PGconn *conn, const Checkpoint *head, Failure *failure)
{
	const uint64_t first = notary->state.meta.size;
	uint64_t	target;
	bool		exact;
	Buf			new_meta;
	bool		ok;

	if (clock_wall_us() <= notary->state.signed_us)
	{
		failure_set_sqlstate(failure, "UP902", "clock is behind the time of the last checkpoint");
		return false;
	}
	if (!notary_target(notary, head, &target, &exact, failure))
		return false;
	buf_init(&new_meta, ((size_t) FOLLOW_META_MAX + CALLS_META_ROWS) * META_DATA_SIZE);
	ok = notary_follow(notary, conn, target, exact, &new_meta, failure) &&
		 notary_check_head(notary, head, failure) &&
		 notary_publish(notary, first, &new_meta, failure) && notary_sign(notary, conn, failure);
	buf_free(&new_meta);
	return ok;
}

/*
 * How much of the log may be signed: what the required standbys have, so that after a failover to one
 * of them nothing that was signed is missing.  They are asked about a head as it was once, because they
 * may never have all of a log that grows.
 */
static bool
notary_durable(Notary *notary, PGconn *conn, const Head *head, Failure *failure)
{
	uint64_t	n;

	if (notary->standbys == 0)
	{
		notary->durable = head->log.size;
		return true;
	}
	if (notary->awaited.wal[0] == '\0')
		notary->awaited = *head;
	if (!calls_standbys(conn, notary->awaited.wal, &n, failure))
		return false;
	if (n >= notary->standbys)
	{
		notary->durable = notary->awaited.log.size;
		notary->awaited.wal[0] = '\0';
	}
	return true;
}

bool
notary_round(Notary *notary, PGconn *conn, Round *round, Failure *failure)
{
	Head		head;

	memset(round, 0, sizeof(*round));
	if (!calls_head(conn, &head, failure) ||
		!notary_check_head(notary, &head.log, failure) || !notary_load_tiles(notary, failure))
		return false;
	if (notary->sign_again && notary->state.meta.size > 0 && !notary_sign(notary, conn, failure))
		return false;
	notary->sign_again = false;
	if (head.log.size > notary->state.meta.size)
	{
		if (!notary_durable(notary, conn, &head, failure))
			return false;
		if (notary->durable > notary->state.meta.size)
		{
			if (!notary_extend(notary, conn, &head.log, failure))
				return false;
			round->signed_size = notary->state.meta.size;
		}
		round->more = notary->durable > notary->state.meta.size;
		round->behind = notary->awaited.wal[0] != '\0';
	}
	return !head.waiting || head.log.size > notary->state.meta.size ||
		calls_confirm(conn, &head.log, failure);
}

bool
notary_stamp(Notary *notary, PGconn *conn, const TsaSettings *settings, Failure *failure)
{
	const uint64_t size = notary->state.meta.size;
	Buf			note;
	Buf			answer;
	bool		there;
	bool		ok;

	buf_init(&note, NOTE_MAX);
	buf_init(&answer, STAMP_MAX);
	ok = layout_get_checkpoint(notary->store, size, &note, &there, failure) &&
		 (!there || (tsa_stamp(settings, note.data, note.len, &answer, failure) &&
					 layout_put_stamp(notary->store, size, answer.data, answer.len, failure) &&
					 calls_stamped(conn, size, answer.data, answer.len, failure)));
	buf_free(&note);
	buf_free(&answer);
	return ok;
}

bool
notary_audit(Notary *notary, const char *past_keys_path, Buf *report, Failure *failure)
{
	AuditKeys	keys = {.n = 0};

	for (size_t i = 0; i < notary->n_keys; i++)
		keys.key[keys.n++] = *key_public(notary->keys[i]);
	return (past_keys_path == NULL || audit_keys_read(&keys, past_keys_path, failure)) &&
		audit(notary->store, &notary->state, &keys, report, failure);
}
