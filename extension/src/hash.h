/*
 * hash.h
 *		Salts, and commitments to payloads.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_HASH_H
#define PORTARIUM_HASH_H

#include "lib/stringinfo.h"
#include "utils/jsonb.h"

extern bytea *hash_salt(void);
extern void hash_add_commitment(StringInfo out, const bytea *salt, Jsonb *payload);

#endif							/* PORTARIUM_HASH_H */
