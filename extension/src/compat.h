/*
 * compat.h
 *		Where PostgreSQL 14 to 18 differ; no other file asks for the version.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_COMPAT_H
#define PORTARIUM_COMPAT_H

#include "common/cryptohash.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* The transaction that runs in this backend; numbers are not used twice in a backend's life. */
static inline LocalTransactionId
compat_lxid(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

/* Memory for a GUC's "extra": the GUC machinery frees it. NULL when there is none. */
static inline void *
compat_guc_alloc(size_t size)
{
#if PG_VERSION_NUM >= 160000
	return guc_malloc(LOG, size);
#else
	return malloc(size);
#endif
}

static inline int
compat_sha256_final(pg_cryptohash_ctx *ctx, uint8 *digest)
{
#if PG_VERSION_NUM >= 150000
	return pg_cryptohash_final(ctx, digest, 32);
#else
	return pg_cryptohash_final(ctx, digest);
#endif
}

static inline Oid
compat_primary_key(Relation relation)
{
#if PG_VERSION_NUM >= 180000
	return RelationGetPrimaryKeyIndex(relation, false);
#else
	return RelationGetPrimaryKeyIndex(relation);
#endif
}

/* A new row's index entries; whatever is unique is checked at once. */
static inline void
compat_insert_index_tuples(ResultRelInfo *target, TupleTableSlot *slot, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	list_free(ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL, false));
#else
	list_free(ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL));
#endif
}

typedef void (*CompatHook) (void);

/*
 * Has "request" called when shared memory may be asked for, and returns what it has to call first:
 * the hook of the library loaded before. Until 14 that is now, and there is no such hook. /
 */
static inline CompatHook
compat_on_shmem_request(CompatHook request)
{
#if PG_VERSION_NUM >= 150000
	CompatHook	next = shmem_request_hook;

	shmem_request_hook = request;
	return next;
#else
	request();
	return NULL;
#endif
}

static inline void
compat_reserve_prefix(const char *prefix)
{
#if PG_VERSION_NUM >= 150000
	MarkGUCPrefixReserved(prefix);
#else
	EmitWarningsOnPlaceholders(prefix);
#endif
}

static inline struct config_generic *
compat_find_guc(const char *name)
{
#if PG_VERSION_NUM >= 160000
	return find_option(name, false, true, 0);
#else
	struct config_generic **all = get_guc_variables();

	for (int i = 0; i < GetNumConfigOptions(); i++)
	{
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	}
	return NULL;
#endif
}

/*
 * Was the GUC's value set by the transaction that runs now? A value from an earlier one has nothing
 * to go back to.
 */
static inline bool
compat_guc_is_transactional(const char *name)
{
	struct config_generic *guc = compat_find_guc(name);

	return guc != NULL && guc->stack != NULL;
}

#endif							/* PORTARIUM_COMPAT_H */
