/*
 * target.c: where the notary's store is: a directory, or a bucket of an object store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/target.h"

#include <stdio.h>
#include <string.h>

#include "store/directory.h"

#define TARGET_SCHEME "s3://"
#define TARGET_DAY_SECONDS 86400
#define TARGET_DAYS_MAX 36500

/* The bucket and the prefix in s3://BUCKET[/PREFIX]. */
static bool
target_place(const char *place, Target *target, Failure *failure)
{
	const size_t bucket_len = strcspn(place, "/");
	const char *prefix = place[bucket_len] == '/' ? place + bucket_len + 1 : "";
	const size_t prefix_len = strlen(prefix);

	if (bucket_len == 0 || bucket_len > TARGET_BUCKET_MAX || prefix_len >= TARGET_PREFIX_MAX)
	{
		failure_set(failure, "NOTARY_STORE is not s3://BUCKET or s3://BUCKET/PREFIX");
		return false;
	}
	memcpy(target->bucket_name, place, bucket_len);
	snprintf(target->prefix, sizeof(target->prefix), "%s%s", prefix,
			 prefix_len > 0 && prefix[prefix_len - 1] != '/' ? "/" : "");
	target->bucket.s3.bucket = target->bucket_name;
	target->bucket.prefix = target->prefix;
	return true;
}

static bool
target_lock(const Conf *conf, Lock *lock, Failure *failure)
{
	int			days;

	if (!conf_int(conf, "NOTARY_S3_LOCK_DAYS", 1, TARGET_DAYS_MAX, &days, failure))
		return false;
	lock->mode = conf_value(conf, "NOTARY_S3_LOCK_MODE");
	lock->seconds = (int64_t) days * TARGET_DAY_SECONDS;
	if (lock_mode_known(lock->mode))
		return true;
	failure_set(failure, "NOTARY_S3_LOCK_MODE is not COMPLIANCE or GOVERNANCE");
	return false;
}

bool
target_read(const Conf *conf, Target *target, Failure *failure)
{
	const char *store = conf_value(conf, "NOTARY_STORE");
	S3Settings *s3 = &target->bucket.s3;

	memset(target, 0, sizeof(*target));
	if (strncmp(store, TARGET_SCHEME, strlen(TARGET_SCHEME)) != 0)
	{
		target->directory = store;
		return true;
	}
	s3->endpoint = conf_value(conf, "NOTARY_S3_ENDPOINT");
	s3->region = conf_value(conf, "NOTARY_S3_REGION");
	s3->access_key = conf_value(conf, "NOTARY_S3_ACCESS_KEY");
	s3->secret_key = conf_value(conf, "NOTARY_S3_SECRET_KEY");
	s3->ca_file = conf_value(conf, "NOTARY_S3_CA_FILE");
	if (s3->endpoint != NULL && s3->access_key != NULL && s3->secret_key != NULL)
		return target_place(store + strlen(TARGET_SCHEME), target, failure) &&
			target_lock(conf, &target->bucket.lock, failure);
	failure_set(failure, "NOTARY_S3_ENDPOINT, NOTARY_S3_ACCESS_KEY and"
				" NOTARY_S3_SECRET_KEY_FILE are needed");
	return false;
}

Store *
target_open(const Target *target, Failure *failure)
{
	return target->directory != NULL ? directory_open(target->directory, failure) :
		bucket_open(&target->bucket, failure);
}
