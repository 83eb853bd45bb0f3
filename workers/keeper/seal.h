/*
 * seal.h: bytes that nobody reads without their key: AES-256-GCM.
 *
 * A key seals one text only, ever, so the nonce is fixed and the same text gives the same bytes: what
 * was sealed before a death is recognised afterwards.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_SEAL_H
#define KEEPER_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

#define SEAL_KEY_SIZE 32
#define SEAL_TAG_SIZE 16
/* what stands before and behind the text */
#define SEAL_MAGIC "PPO1"
#define SEAL_MAGIC_SIZE 4
#define SEAL_ADDED (SEAL_MAGIC_SIZE + SEAL_TAG_SIZE)

/* Appends the sealed bytes; about: what they are, bound to them and not in them. */
extern bool seal_close(const unsigned char key[SEAL_KEY_SIZE], const char *about,
					   const void *text, size_t len, Buf *sealed) MUST_CHECK;

/* Appends the text; false also when key, bytes or about are other ones. */
extern bool seal_open(const unsigned char key[SEAL_KEY_SIZE], const char *about,
					  const void *sealed, size_t len, Buf *text) MUST_CHECK;

#endif							/* KEEPER_SEAL_H */
