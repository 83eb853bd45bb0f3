/*
 * bucket_private.h: what the two halves of a bucket share: putting and reading (bucket.c), and the
 * locks of what was put (bucket_lock.c).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_BUCKET_PRIVATE_H
#define STORE_BUCKET_PRIVATE_H

#include "store/bucket_settings.h"
#include "store/store.h"

#define BUCKET_KEY_MAX 1024

typedef struct Bucket
{
	Store		store;
	BucketSettings settings;
	S3		   *s3;
} Bucket;

/* One object that is put. */
typedef struct Object
{
	char		key[BUCKET_KEY_MAX + 1];
	const void *bytes;
	size_t		len;
	char		until[LOCK_TIME_SIZE];	/* the end of the lock that was asked for; "": any */
} Object;

/* The versions of one key. */
typedef struct Found
{
	const char *key;
	int			versions;
	int			markers;
	char		id[S3_VALUE_SIZE];
} Found;

extern bool bucket_key(const Bucket *self, const char *name, Object *object,
					   Failure *failure) MUST_CHECK;

/* What stands under the key; anything but nothing or one version is a refusal. */
extern bool bucket_find(Bucket *self, const Object *object, Found *found,
						Failure *failure) MUST_CHECK;

/* The lock in the answer to HEAD: of the bucket's mode, and as long as the object's. */
extern bool bucket_check_lock(const Bucket *self, const Object *object, const S3Reply *reply,
							  Failure *failure) MUST_CHECK;

/* bucket_lock.c: the store's functions */
extern bool bucket_look(Store *store, const char *name, StoreLook *look,
						Failure *failure) MUST_CHECK;
extern bool bucket_keep(Store *store, const char *name, const char *until,
						Failure *failure) MUST_CHECK;
extern bool bucket_hold(Store *store, const char *name, bool on, Failure *failure) MUST_CHECK;
extern bool bucket_remove(Store *store, const char *name, bool *gone,
						  Failure *failure) MUST_CHECK;

#endif							/* STORE_BUCKET_PRIVATE_H */
