/*
 * bucket.h: a versioned bucket with Object Lock as a store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_BUCKET_H
#define STORE_BUCKET_H

#include "store/lock.h"
#include "store/s3.h"
#include "store/store.h"

typedef struct BucketSettings
{
	S3Settings	s3;
	const char *prefix;			/* of every key, "" for none; else it ends with a slash */
	Lock		lock;			/* on every object */
} BucketSettings;

/* Refuses a bucket that is not versioned or has no Object Lock. */
extern Store *bucket_open(const BucketSettings *settings, Failure *failure) MUST_CHECK;

#endif							/* STORE_BUCKET_H */
