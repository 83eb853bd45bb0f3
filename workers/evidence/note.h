/*
 * note.h: signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), with Ed25519.
 *
 *     portarium.local/7301/app          origin
 *     42                                meta leaves
 *     Rb0v…=                            root
 *                                       an empty line ends the signed text
 *     — portarium.local/7301/app xWm…=  key name, then key id and signature
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVIDENCE_NOTE_H
#define EVIDENCE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "common/failure.h"

#define NOTE_NAME_MAX 255
#define NOTE_KEY_SIZE 32
#define NOTE_SIGNATURE_SIZE 64
/* a name, a key id, a key and two plus signs */
#define NOTE_VKEY_SIZE (NOTE_NAME_MAX + 1 + 8 + 1 + 44 + 1)
/* three lines and the signatures of some keys */
#define NOTE_MAX 8192

#define NOTE_DASH "\xe2\x80\x94 "	/* an em dash and a blank begin a signature's line */

/* A verifier key: of a log, or of a witness (cosign.h). */
typedef struct NoteKey
{
	char		name[NOTE_NAME_MAX + 1];
	unsigned char algorithm;
	unsigned char id[4];
	unsigned char public_key[NOTE_KEY_SIZE];
} NoteKey;

typedef struct Checkpoint
{
	char		origin[NOTE_NAME_MAX + 1];
	uint64_t	size;
	unsigned char root[DIGEST_SIZE];
} Checkpoint;

/* Fills name, key and id; false for a name that a note cannot carry. */
extern bool note_key_make(const char *name, const unsigned char public_key[NOTE_KEY_SIZE],
						  NoteKey *key) MUST_CHECK;
extern bool note_witness_make(const char *name, const unsigned char public_key[NOTE_KEY_SIZE],
							  NoteKey *key) MUST_CHECK;
extern void note_key_text(const NoteKey *key, char text[NOTE_VKEY_SIZE]);
extern bool note_key_parse(const char *text, NoteKey *key) MUST_CHECK;
extern bool note_witness_parse(const char *text, NoteKey *key) MUST_CHECK;

/* The length of the signed text, its last line end included; 0 when no empty line ends it. */
extern size_t note_text_len(const char *note);

/* Is this the key's signature of these bytes? */
extern bool note_signature_good(const char *text, size_t text_len, const NoteKey *key,
								const unsigned char signature[NOTE_SIGNATURE_SIZE]);

/* The signed text of a checkpoint; its length, or 0 when it does not fit. */
extern size_t note_checkpoint_text(const Checkpoint *checkpoint, char *text, size_t size);

/* Appends one signature to a note of size bytes at most; to a bare text, the empty line before it. */
extern bool note_sign(char *note, size_t size, const NoteKey *key,
					  const unsigned char signature[NOTE_SIGNATURE_SIZE]) MUST_CHECK;

/* What the three lines say; false when they are not a checkpoint in its one form. */
extern bool note_checkpoint_parse(const char *note, Checkpoint *checkpoint,
								  Failure *failure) MUST_CHECK;

typedef enum NoteVerdict
{
	NOTE_SIGNED,
	NOTE_UNSIGNED,				/* no line is by this key */
	NOTE_FORGED					/* a line claims to be by this key and is not */
} NoteVerdict;

/* Lines of other keys are ignored; a bad line by this key counts even beside a good one. */
extern NoteVerdict note_verify(const char *note, const NoteKey *key);

#endif							/* EVIDENCE_NOTE_H */
