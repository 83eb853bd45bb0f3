/*
 * seen.h: what a witness has signed last of each log.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_SEEN_H
#define NOTARY_SEEN_H

#include "evidence/note.h"

typedef struct Seen Seen;

/* A directory that no other witness uses; to be closed. */
extern Seen *seen_open(const char *path, Failure *failure) MUST_CHECK;
extern void seen_close(Seen *seen);

/* The last checkpoint of a log; size 0 when there is none yet. */
extern bool seen_get(const Seen *seen, const char *origin, Checkpoint *last,
					 Failure *failure) MUST_CHECK;

/* In one step, on disk before it returns. */
extern bool seen_put(const Seen *seen, const Checkpoint *last, Failure *failure) MUST_CHECK;

#endif							/* NOTARY_SEEN_H */
