/*
 * target.h: where a daemon's store is: a directory, or a bucket of an object store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_TARGET_H
#define STORE_TARGET_H

#include "common/conf.h"
#include "store/bucket.h"

#define TARGET_BUCKET_MAX 63
#define TARGET_PREFIX_MAX 512

/* Holds strings of the settings, which must outlive it. */
typedef struct Target
{
	const char *directory;		/* NULL: it is a bucket */
	BucketSettings bucket;
	char		bucket_name[TARGET_BUCKET_MAX + 1];
	char		prefix[TARGET_PREFIX_MAX + 1];
} Target;

/* From DAEMON_STORE (a path, or s3://BUCKET[/PREFIX]) and DAEMON_S3_*. */
extern bool target_read(const Conf *conf, const char *daemon, Target *target,
						Failure *failure) MUST_CHECK;

extern Store *target_open(const Target *target, Failure *failure) MUST_CHECK;

#endif							/* STORE_TARGET_H */
