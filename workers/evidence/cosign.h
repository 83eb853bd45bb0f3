/*
 * cosign.h: witnesses' signatures on checkpoints (C2SP tlog-cosignature, Ed25519).
 *
 * A witness signs the checkpoint and the time at which it saw it:
 *
 *     cosignature/v1
 *     time 1764021600
 *     portarium.local/7301/app          the three lines of the checkpoint
 *     42
 *     Rb0v…=
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVIDENCE_COSIGN_H
#define EVIDENCE_COSIGN_H

#include "evidence/note.h"

/* the line of a cosignature, its end included */
#define COSIGN_LINE_MAX (NOTE_NAME_MAX + 120)

/* What is to be signed; its length, 0 when it does not fit. */
extern size_t cosign_text(const char *note, uint64_t time, char *text, size_t size);

/* The line that says so. */
extern bool cosign_line(const NoteKey *witness, uint64_t time,
						const unsigned char signature[NOTE_SIGNATURE_SIZE],
						char line[COSIGN_LINE_MAX]) MUST_CHECK;

/* Has the witness signed the note?  *time: when, if so. */
extern NoteVerdict cosign_verify(const char *note, const NoteKey *witness, uint64_t *time);

#endif							/* EVIDENCE_COSIGN_H */
