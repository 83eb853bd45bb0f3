/*
 * base64.h: standard base64 with padding, and base64url without.
 *
 * Both decoders are strict: no white space, no stray or missing padding, no bits left over, so
 * every byte string has exactly one text.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

typedef enum Base64Kind
{
	BASE64_STANDARD,
	BASE64_URL
} Base64Kind;

/* Room for the text of len bytes and its NUL, in either kind. */
#define BASE64_TEXT_SIZE(len_) (((len_) + 2) / 3 * 4 + 1)
/* Room for the bytes of a text of len characters. */
#define BASE64_BYTES_SIZE(len_) (((len_) + 3) / 4 * 3)

/* Writes the text and its NUL, returns its length. */
extern size_t base64_encode(Base64Kind kind, const void *bytes, size_t len, char *text);

/* Writes the bytes; false when text is not the one encoding of some bytes. */
extern bool base64_decode(Base64Kind kind, const char *text, size_t len,
						  unsigned char *bytes, size_t *bytes_len) MUST_CHECK;

#endif							/* COMMON_BASE64_H */
