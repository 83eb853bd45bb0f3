/*
 * context_store.h
 *		What the database knows about contexts: keys, bindings, route epochs, homes.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_CONTEXT_STORE_H
#define PORTARIUM_CONTEXT_STORE_H

#include "utils/array.h"
#include "utils/uuid.h"

#define HMAC_BLOCK_SIZE 64

typedef struct ContextKey
{
	uint8		inner_block[HMAC_BLOCK_SIZE];
	uint8		outer_block[HMAC_BLOCK_SIZE];
} ContextKey;

typedef struct LoginBinding
{
	pg_uuid_t	tenant;
	char	   *actor;
	ArrayType  *roles;
} LoginBinding;

extern bool context_store_key(const char *kid, ContextKey *key);
extern bool context_store_epoch(const pg_uuid_t *tenant, int32 *epoch);
extern bool context_store_moving(const pg_uuid_t *tenant);
extern bool context_store_home(const pg_uuid_t *tenant, Name home);
extern bool context_store_is_copy(const pg_uuid_t *tenant, const char *home);
extern bool context_store_binding(Oid login, LoginBinding *binding);

#endif							/* PORTARIUM_CONTEXT_STORE_H */
