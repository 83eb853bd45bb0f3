/*
 * calls.c: what the notary asks of the database and tells it: all of its SQL.
 *
 * An answer that is not in its form is a refusal (UP902): the notary signs what it understands.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/pgconn.h"

#define NUMBER_TEXT 24
#define HASH_TEXT (2 + 2 * DIGEST_SIZE + 1)

static bool
read_number(const PGresult *result, int row, int column, uint64_t max, uint64_t *number)
{
	const char *text = PQgetvalue(result, row, column);
	char	   *end;

	if (*text < '0' || *text > '9')
		return false;
	*number = strtoull(text, &end, 10);
	return *end == '\0' && *number <= max;
}

/* A bytea in hex, of exactly len bytes. */
static bool
read_bytes(const PGresult *result, int row, int column, unsigned char *bytes, size_t len)
{
	const char *text = PQgetvalue(result, row, column);

	return strncmp(text, "\\x", 2) == 0 && hex_decode(text + 2, bytes, len);
}

static void
hash_text(const unsigned char hash[DIGEST_SIZE], char text[HASH_TEXT])
{
	memcpy(text, "\\x", 2);
	hex_encode(hash, DIGEST_SIZE, text + 2);
}

static bool
not_understood(const char *what, Failure *failure)
{
	failure_set_sqlstate(failure, "UP902", "database gave a %s that is not in its form", what);
	return false;
}

bool
calls_head(PGconn *conn, Head *head, Failure *failure)
{
	PGresult   *result = pgconn_call(conn, "select origin, meta_size, meta_root, waiting, wal"
									 " from portarium.notary_head()", 0, NULL, failure);
	bool		ok;

	if (result == NULL)
		return false;
	ok = PQntuples(result) == 1 && PQgetlength(result, 0, 0) > 0 &&
		 PQgetlength(result, 0, 0) <= NOTE_NAME_MAX &&
		 strchr(PQgetvalue(result, 0, 0), '\n') == NULL &&
		 read_number(result, 0, 1, INT64_MAX, &head->log.size) &&
		 read_bytes(result, 0, 2, head->log.root, DIGEST_SIZE) &&
		 PQgetlength(result, 0, 4) < CALLS_WAL_SIZE;
	if (ok)
	{
		snprintf(head->log.origin, sizeof(head->log.origin), "%s", PQgetvalue(result, 0, 0));
		snprintf(head->wal, sizeof(head->wal), "%s", PQgetvalue(result, 0, 4));
		head->waiting = strcmp(PQgetvalue(result, 0, 3), "t") == 0;
	}
	PQclear(result);
	return ok || not_understood("head", failure);
}

bool
calls_standbys(PGconn *conn, const char *wal, uint64_t *n, Failure *failure)
{
	const char *const params[] = {wal};
	PGresult   *result = pgconn_call(conn, "select portarium.notary_standbys($1)", 1, params,
									 failure);
	bool		ok;

	if (result == NULL)
		return false;
	ok = PQntuples(result) == 1 && read_number(result, 0, 0, INT32_MAX, n);
	PQclear(result);
	return ok || not_understood("number of standbys", failure);
}

static bool
read_meta(const PGresult *result, int row, MetaRow *meta)
{
	uint64_t	epoch;
	bool		ok = read_number(result, row, 0, INT64_MAX, &meta->index) &&
		read_bytes(result, row, 1, meta->record.tenant_hash, DIGEST_SIZE) &&
		read_number(result, row, 2, UINT32_MAX, &epoch) &&
		read_number(result, row, 3, INT64_MAX, &meta->record.size) &&
		read_bytes(result, row, 4, meta->record.root, DIGEST_SIZE) &&
		read_number(result, row, 5, INT64_MAX, &meta->record.round);

	if (ok)
		meta->record.epoch = (uint32_t) epoch;
	return ok;
}

bool
calls_meta(PGconn *conn, uint64_t from, MetaRow *rows, int *n_rows, Failure *failure)
{
	char		from_text[NUMBER_TEXT];
	char		max_text[NUMBER_TEXT];
	const char *const params[] = {from_text, max_text};
	PGresult   *result;
	bool		ok;

	snprintf(from_text, sizeof(from_text), "%" PRIu64, from);
	snprintf(max_text, sizeof(max_text), "%d", CALLS_META_ROWS);
	result = pgconn_call(conn, "select meta_index, tenant_hash, epoch, size, root, round"
						 " from portarium.notary_meta($1, $2)", 2, params, failure);
	if (result == NULL)
		return false;
	*n_rows = PQntuples(result);
	ok = *n_rows <= CALLS_META_ROWS;
	for (int row = 0; ok && row < *n_rows; row++)
		ok = read_meta(result, row, &rows[row]);
	PQclear(result);
	return ok || not_understood("meta leaf", failure);
}

PGresult *
calls_leaves(PGconn *conn, const MetaRecord *log, uint64_t from, uint64_t to, Failure *failure)
{
	char		hash[HASH_TEXT];
	char		epoch[NUMBER_TEXT];
	char		from_text[NUMBER_TEXT];
	char		to_text[NUMBER_TEXT];
	const char *const params[] = {hash, epoch, from_text, to_text};

	if (to - from > CALLS_LEAF_ROWS)
		to = from + CALLS_LEAF_ROWS;
	hash_text(log->tenant_hash, hash);
	snprintf(epoch, sizeof(epoch), "%" PRIu32, log->epoch);
	snprintf(from_text, sizeof(from_text), "%" PRIu64, from);
	snprintf(to_text, sizeof(to_text), "%" PRIu64, to);
	return pgconn_call(
		conn, "select idx, tenant_id, entry_hash from portarium.notary_leaves($1, $2, $3, $4)", 4,
		params, failure);
}

bool
calls_leaf(const PGresult *leaves, int row, LeafRow *leaf, Failure *failure)
{
	return (read_number(leaves, row, 0, INT64_MAX, &leaf->idx) &&
			record_uuid_parse(PQgetvalue(leaves, row, 1), leaf->tenant) &&
			read_bytes(leaves, row, 2, leaf->entry_hash, DIGEST_SIZE)) ||
		not_understood("leaf", failure);
}

bool
calls_confirm(PGconn *conn, const Checkpoint *head, Failure *failure)
{
	char		size[NUMBER_TEXT];
	char		root[HASH_TEXT];
	const char *const params[] = {size, root};
	PGresult   *result;

	snprintf(size, sizeof(size), "%" PRIu64, head->size);
	hash_text(head->root, root);
	result = pgconn_call(conn, "select portarium.notary_confirm($1, $2)", 2, params, failure);
	PQclear(result);
	return result != NULL;
}

static bool
calls_report(PGconn *conn, const char *sql, const char *report, Failure *failure)
{
	const char *const params[] = {report};
	PGresult   *result = pgconn_call(conn, sql, 1, params, failure);

	PQclear(result);
	return result != NULL;
}

bool
calls_probed(PGconn *conn, const char *report, Failure *failure)
{
	return calls_report(conn, "select portarium.notary_probed($1)", report, failure);
}

bool
calls_audited(PGconn *conn, const char *report, Failure *failure)
{
	return calls_report(conn, "select portarium.notary_audited($1)", report, failure);
}

bool
calls_heartbeat(PGconn *conn, int idle_seconds, Failure *failure)
{
	char		idle[NUMBER_TEXT];
	const char *const params[] = {idle};
	PGresult   *result;

	snprintf(idle, sizeof(idle), "%d", idle_seconds);
	result = pgconn_call(conn, "select portarium.notary_heartbeat($1)", 1, params, failure);
	PQclear(result);
	return result != NULL;
}

bool
calls_refused(PGconn *conn, const char *reason, Failure *failure)
{
	return calls_report(conn, "select portarium.notary_refused($1)", reason, failure);
}

static bool
calls_command(PGconn *conn, const char *sql, Failure *failure)
{
	PGresult   *result = pgconn_call(conn, sql, 0, NULL, failure);

	PQclear(result);
	return result != NULL;
}

bool
calls_begin(PGconn *conn, Failure *failure)
{
	return calls_command(conn, "begin", failure);
}

bool
calls_commit(PGconn *conn, Failure *failure)
{
	return calls_command(conn, "commit", failure);
}

bool
calls_recovery(PGconn *conn, uint64_t *epoch, Failure *failure)
{
	PGresult   *result = pgconn_call(conn, "select portarium.notary_recovery()", 0, NULL, failure);
	bool		ok;

	if (result == NULL)
		return false;
	ok = PQntuples(result) == 1 && read_number(result, 0, 0, INT32_MAX, epoch);
	PQclear(result);
	return ok || not_understood("number of an epoch", failure);
}

bool
calls_recovery_leaves(PGconn *conn, const Log *log, const unsigned char tenant[UUID_SIZE],
					  const char *entry_hashes, Failure *failure)
{
	char		hash[HASH_TEXT];
	char		epoch[NUMBER_TEXT];
	char		tenant_text[2 * UUID_SIZE + 1];
	char		from[NUMBER_TEXT];
	const char *const params[] = {hash, epoch, tenant_text, from, entry_hashes};
	PGresult   *result;

	hash_text(log->tenant_hash, hash);
	snprintf(epoch, sizeof(epoch), "%" PRIu32, log->epoch);
	hex_encode(tenant, UUID_SIZE, tenant_text);
	snprintf(from, sizeof(from), "%" PRIu64, log->published);
	result = pgconn_call(conn, "select portarium.notary_recovery_leaves($1, $2, $3, $4, $5)", 5,
						 params, failure);
	PQclear(result);
	return result != NULL;
}

bool
calls_recovery_meta(PGconn *conn, uint64_t from, const char *records, Failure *failure)
{
	char		from_text[NUMBER_TEXT];
	const char *const params[] = {from_text, records};
	PGresult   *result;

	snprintf(from_text, sizeof(from_text), "%" PRIu64, from);
	result = pgconn_call(conn, "select portarium.notary_recovery_meta($1, $2)", 2, params, failure);
	PQclear(result);
	return result != NULL;
}

/* A call about a checkpoint and its note. */
static bool
calls_note(PGconn *conn, const char *sql, const Checkpoint *checkpoint, const char *note,
		   Failure *failure)
{
	char		size[NUMBER_TEXT];
	char		root[HASH_TEXT];
	const char *const params[] = {size, root, note};
	PGresult   *result;

	snprintf(size, sizeof(size), "%" PRIu64, checkpoint->size);
	hash_text(checkpoint->root, root);
	result = pgconn_call(conn, sql, 3, params, failure);
	PQclear(result);
	return result != NULL;
}

bool
calls_checkpoint(PGconn *conn, const Checkpoint *checkpoint, const char *note, Failure *failure)
{
	return calls_note(conn, "select portarium.notary_checkpoint($1, $2, $3)", checkpoint, note,
					  failure);
}

bool
calls_recovered(PGconn *conn, const Checkpoint *checkpoint, const char *note, Failure *failure)
{
	return calls_note(conn, "select portarium.notary_recovered($1, $2, $3)", checkpoint, note,
					  failure);
}

bool
calls_stamped(PGconn *conn, uint64_t meta_size, const void *answer, size_t len, Failure *failure)
{
	char		size[NUMBER_TEXT];
	size_t		text_len;
	unsigned char *text = PQescapeByteaConn(conn, answer, len, &text_len);
	const char *const params[] = {size, (const char *) text};
	PGresult   *result = NULL;

	snprintf(size, sizeof(size), "%" PRIu64, meta_size);
	if (text == NULL)
		failure_set(failure, "no memory for a time stamp");
	else
		result = pgconn_call(conn, "select portarium.notary_stamped($1, $2)", 2, params, failure);
	PQfreemem(text);
	PQclear(result);
	return result != NULL;
}
