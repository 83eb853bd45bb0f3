/*
 * hash.h
 *		Random bytes and salts, commitments to payloads.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_HASH_H
#define PORTARIUM_HASH_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

extern Datum portarium_hash_entry(PG_FUNCTION_ARGS);
extern void hash_random_bytes(uint8 *bytes, size_t len);
extern bytea *hash_salt(void);
extern void hash_add_commitment(StringInfo out, const bytea *salt, Jsonb *payload);

#endif							/* PORTARIUM_HASH_H */
