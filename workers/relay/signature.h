/*
 * signature.h: signatures of Standard Webhooks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SIGNATURE_H
#define RELAY_SIGNATURE_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/failure.h"

#define SIGNATURE_KEYS_MAX 3	/* while keys change there are two */
#define SIGNATURE_TEXT_MAX 256

/*
 * Appends "v1,<base64>" to text for each of the keys (whsec_… one a line), separated by spaces: the
 * HMAC-SHA-256 of id, stamp and body with dots between.
 */
extern bool signature_make(const char *keys, const char *id, const char *stamp, const Buf *body,
						   Buf *text, Failure *failure) MUST_CHECK;

#endif							/* RELAY_SIGNATURE_H */
