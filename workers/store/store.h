/*
 * store.h: a create-only store of named bytes.
 *
 * What is put stays as it is: a name is given bytes once, and putting the same again is no change.
 * Only what is disposed of lawfully is removed, where no lock and no hold is in the way.
 * A kind of store (a directory, a bucket) fills the table; its own struct starts with a Store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/failure.h"

/* the longest name below the store's own place */
#define STORE_NAME_MAX 160

typedef struct Store Store;

/* What a store says of a name.  A directory has no locks. */
typedef struct StoreLook
{
	bool		there;
	bool		locks;			/* the rest means something */
	bool		held;
	char		until[32];		/* as the store writes it */
} StoreLook;

/* Is told the last part of a name. */
typedef void (*StoreSee) (const char *name, void *context);

typedef struct StoreKind
{
	bool		(*put) (Store *store, const char *name, const void *bytes, size_t len,
						Failure *failure);
	bool		(*get) (Store *store, const char *name, Buf *bytes, bool *there, Failure *failure);
	bool		(*list) (Store *store, const char *directory, StoreSee see, void *context,
						 Failure *failure);
	bool		(*look) (Store *store, const char *name, StoreLook *look, Failure *failure);
	bool		(*keep) (Store *store, const char *name, const char *until, Failure *failure);
	bool		(*hold) (Store *store, const char *name, bool on, Failure *failure);
	bool		(*remove) (Store *store, const char *name, bool *gone, Failure *failure);
	void		(*close) (Store *store);
} StoreKind;

struct Store
{
	const StoreKind *kind;
};

/*
 * Puts bytes under a name, whole and durable, or finds the same bytes there already.  Other bytes
 * under the name are a refusal (UP902).
 */
static inline bool MUST_CHECK
store_put(Store *store, const char *name, const void *bytes, size_t len, Failure *failure)
{
	return store->kind->put(store, name, bytes, len, failure);
}

/* Appends what stands under a name, which a bucket must have once, unhidden and locked (else UP902);
 * *there: something does. */
static inline bool MUST_CHECK
store_get(Store *store, const char *name, Buf *bytes, bool *there, Failure *failure)
{
	return store->kind->get(store, name, bytes, there, failure);
}

/* Calls see for each name directly below a directory; one that does not exist is empty. */
static inline bool MUST_CHECK
store_list(Store *store, const char *directory, StoreSee see, void *context, Failure *failure)
{
	return store->kind->list(store, directory, see, context, failure);
}

/* What the store says of a name; a bucket must have it once, unhidden and locked, or not at all (else UP902). */
static inline bool MUST_CHECK
store_look(Store *store, const char *name, StoreLook *look, Failure *failure)
{
	return store->kind->look(store, name, look, failure);
}

/* Locks what is there at least until a time ("2026-01-31T12:00:00Z"). */
static inline bool MUST_CHECK
store_keep(Store *store, const char *name, const char *until, Failure *failure)
{
	return store->kind->keep(store, name, until, failure);
}

/* Puts a legal hold on what is there, or takes it away. */
static inline bool MUST_CHECK
store_hold(Store *store, const char *name, bool on, Failure *failure)
{
	return store->kind->hold(store, name, on, failure);
}

/* Removes what is there, if anything; *gone: it is not there any more, else it is locked or held. */
static inline bool MUST_CHECK
store_remove(Store *store, const char *name, bool *gone, Failure *failure)
{
	return store->kind->remove(store, name, gone, failure);
}

/* NULL is allowed. */
static inline void
store_close(Store *store)
{
	if (store != NULL)
		store->kind->close(store);
}

#endif							/* STORE_STORE_H */
