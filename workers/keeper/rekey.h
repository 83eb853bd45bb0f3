/*
 * rekey.h: another key-encryption key.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_REKEY_H
#define KEEPER_REKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/failure.h"

/*
 * Wraps every owner's key of the directory by the new key instead of the old one (each 64 hex digits).
 * From its beginning on the directory opens with neither, from its end on with the new one.  Killed in
 * the middle, or done already, it is called again with the same keys.  *wrapped: how many it was.
 */
extern bool rekey(const char *directory, const char *old_kek, const char *new_kek, uint64_t *wrapped,
				  Failure *failure) MUST_CHECK;

#endif							/* KEEPER_REKEY_H */
