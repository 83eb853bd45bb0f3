/*
 * tlogproof.h: the proof of one entry as text (C2SP tlog-proof), read into one object.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_TLOGPROOF_H
#define VERIFY_TLOGPROOF_H

#include <stddef.h>

#include <jansson.h>

#include "common/failure.h"

/*
 * The object in the line "extra", with what the other lines say: its meta leaf gets index and proof
 * as in a bundle, and checkpoint is the note.  NULL when the text is not in its form.
 */
extern json_t *tlogproof_read(const char *text, size_t len, Failure *failure) MUST_CHECK;

#endif							/* VERIFY_TLOGPROOF_H */
