/*
 * target.c: where a daemon's store is: a directory, or a bucket of an object store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/target.h"

#include <stdio.h>
#include <string.h>

#include "store/directory.h"

#define TARGET_SCHEME "s3://"
#define TARGET_DAY_SECONDS 86400
#define TARGET_DAYS_MAX 36500
#define TARGET_SETTING_MAX 64

/* The name of a daemon's setting; in a buffer of the caller's. */
static const char *
target_setting(char name[TARGET_SETTING_MAX], const char *daemon, const char *setting)
{
	snprintf(name, TARGET_SETTING_MAX, "%s_%s", daemon, setting);
	return name;
}

/* The bucket and the prefix in s3://BUCKET[/PREFIX]. */
static bool
target_place(const char *place, const char *daemon, Target *target, Failure *failure)
{
	const size_t bucket_len = strcspn(place, "/");
	const char *prefix = place[bucket_len] == '/' ? place + bucket_len + 1 : "";
	const size_t prefix_len = strlen(prefix);

	if (bucket_len == 0 || bucket_len > TARGET_BUCKET_MAX || prefix_len >= TARGET_PREFIX_MAX)
	{
		failure_set(failure, "%s_STORE is not s3://BUCKET or s3://BUCKET/PREFIX", daemon);
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
target_lock(const Conf *conf, const char *daemon, Lock *lock, Failure *failure)
{
	char		name[TARGET_SETTING_MAX];
	int			days;

	if (!conf_int(conf, target_setting(name, daemon, "S3_LOCK_DAYS"), 1, TARGET_DAYS_MAX, &days,
				  failure))
		return false;
	lock->mode = conf_value(conf, target_setting(name, daemon, "S3_LOCK_MODE"));
	lock->seconds = (int64_t) days * TARGET_DAY_SECONDS;
	if (lock_mode_known(lock->mode))
		return true;
	failure_set(failure, "%s is not COMPLIANCE or GOVERNANCE", name);
	return false;
}

bool
target_read(const Conf *conf, const char *daemon, Target *target, Failure *failure)
{
	char		name[TARGET_SETTING_MAX];
	const char *store = conf_value(conf, target_setting(name, daemon, "STORE"));
	S3Settings *s3 = &target->bucket.s3;

	memset(target, 0, sizeof(*target));
	if (strncmp(store, TARGET_SCHEME, strlen(TARGET_SCHEME)) != 0)
	{
		target->directory = store;
		return true;
	}
	s3->endpoint = conf_value(conf, target_setting(name, daemon, "S3_ENDPOINT"));
	s3->region = conf_value(conf, target_setting(name, daemon, "S3_REGION"));
	s3->access_key = conf_value(conf, target_setting(name, daemon, "S3_ACCESS_KEY"));
	s3->secret_key = conf_value(conf, target_setting(name, daemon, "S3_SECRET_KEY"));
	s3->ca_file = conf_value(conf, target_setting(name, daemon, "S3_CA_FILE"));
	if (s3->endpoint != NULL && s3->access_key != NULL && s3->secret_key != NULL)
		return target_place(store + strlen(TARGET_SCHEME), daemon, target, failure) &&
			target_lock(conf, daemon, &target->bucket.lock, failure);
	failure_set(failure, "%s_S3_ENDPOINT, %s_S3_ACCESS_KEY and %s_S3_SECRET_KEY_FILE are needed",
				daemon, daemon, daemon);
	return false;
}

Store *
target_open(const Target *target, Failure *failure)
{
	return target->directory != NULL ? directory_open(target->directory, failure) :
		bucket_open(&target->bucket, failure);
}
