/*
 * bucket_settings.h: which bucket, and how what is put there is locked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_BUCKET_SETTINGS_H
#define STORE_BUCKET_SETTINGS_H

#include "store/lock.h"
#include "store/s3.h"

typedef struct BucketSettings
{
	S3Settings	s3;
	const char *prefix;			/* of every key, "" for none; else it ends with a slash */
	Lock		lock;			/* on every object */
} BucketSettings;

#endif							/* STORE_BUCKET_SETTINGS_H */
