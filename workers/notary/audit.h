/*
 * audit.h: everything in the store computed again, and compared with the notary's own state.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_AUDIT_H
#define NOTARY_AUDIT_H

#include "evidence/note.h"
#include "notary/state.h"
#include "store/store.h"

#define AUDIT_REPORT_MAX 4096
#define AUDIT_KEYS_MAX 32

typedef struct AuditKeys
{
	NoteKey		key[AUDIT_KEYS_MAX];
	size_t		n;
} AuditKeys;

/* Adds the verifier keys of a file, one a line. */
extern bool audit_keys_read(AuditKeys *keys, const char *path, Failure *failure) MUST_CHECK;

/*
 * Reads all of the store: each file there, once, unhidden and locked; each leaf and meta leaf in the
 * chain and the trees; each checkpoint with its root and a signature by one of the keys; at the end
 * exactly what the state says.  Appends the counts to report as canonical JSON.  A finding is a
 * failure with UP902, and is the report's reason.
 */
extern bool audit(Store *store, const State *state, const AuditKeys *keys, Buf *report,
				  Failure *failure) MUST_CHECK;

#endif							/* NOTARY_AUDIT_H */
