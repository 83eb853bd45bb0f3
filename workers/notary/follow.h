/*
 * follow.h: following the database's log with the notary's own state.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_FOLLOW_H
#define NOTARY_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "common/buf.h"
#include "common/failure.h"
#include "notary/state.h"

/* What one checkpoint may add: meta leaves, and leaves of all logs (but for those of its first
 * meta leaf, which are taken whatever their number). */
#define FOLLOW_META_MAX 100000
#define FOLLOW_LEAVES_MAX 100000

/*
 * Extends the state by meta leaves up to target, or fewer when they bring too many leaves for one
 * checkpoint; exactly up to target when exact.  Every hash is computed here.  new_meta gets the
 * meta_data records, each log's new_leaves its leaf_data records.
 *
 * On failure the state is of no use any more.  UP902: the log does not extend what was signed.
 */
extern bool follow(State *state, PGconn *conn, uint64_t target, bool exact, Buf *new_meta,
				   Failure *failure) MUST_CHECK;

#endif							/* NOTARY_FOLLOW_H */
