/*
 * bucket.c: a versioned bucket with Object Lock as a store.
 *
 * Order of a put: look which versions the key has; with none, write (create-only, with the lock and
 * the checksum in the request), ask the store what it keeps and until when, and look again: there
 * must be this one version.  With one, its bytes and its lock must be what would have been written.
 * A second version or a delete marker is a refusal: somebody wrote over it or hid it.  So a store
 * that ignores the create-only condition is no way around it, and a put after a death in the middle
 * finds what was done.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/bucket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/digest.h"
#include "store/bucket_private.h"
#include "store/versions.h"
#include "store/xml.h"

static bool
bucket_see_version(const Version *version, void *context)
{
	Found	   *found = context;

	if (strcmp(version->key, found->key) != 0)
		return true;
	if (version->marker)
		found->markers++;
	else
		found->versions++;
	memcpy(found->id, version->id, sizeof(found->id));
	return true;
}

bool
bucket_find(Bucket *self, const Object *object, Found *found, Failure *failure)
{
	*found = (Found) {.key = object->key};
	if (!versions_list(self->s3, object->key, bucket_see_version, found, failure))
		return false;
	if (found->markers > 0)
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" hidden by a delete marker",
							 object->key);
	else if (found->versions > 1)
		failure_set_sqlstate(failure, "UP902", "store has %d versions of \"%s\"", found->versions,
							 object->key);
	else
		return true;
	return false;
}

/* Appends the version's bytes. */
static bool
bucket_read(Bucket *self, const char *key, const char *id, Buf *bytes, Failure *failure)
{
	const SigField query[] = {{"versionId", id}};
	const S3Request request = {.method = "GET", .key = key, .query = query, .n_query = 1};
	S3Reply		reply;
	bool		ok = s3_call(self->s3, &request, &reply, failure);

	if (ok && reply.status != 200)
		ok = s3_unexpected(&request, &reply, failure);
	else if (ok && !buf_append(bytes, reply.body.data, reply.body.len))
	{
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" with other bytes", key);
		ok = false;
	}
	s3_reply_free(&reply);
	return ok;
}

static bool
bucket_compare(Bucket *self, const Object *object, const char *id, Failure *failure)
{
	Buf			bytes;
	bool		ok;

	buf_init(&bytes, object->len);
	ok = bucket_read(self, object->key, id, &bytes, failure);
	if (ok && (bytes.len != object->len || memcmp(bytes.data, object->bytes, bytes.len) != 0))
	{
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" with other bytes", object->key);
		ok = false;
	}
	buf_free(&bytes);
	return ok;
}

bool
bucket_check_lock(const Bucket *self, const Object *object, const S3Reply *reply, Failure *failure)
{
	char		mode[S3_VALUE_SIZE];
	char		until[S3_VALUE_SIZE];

	if (!s3_header(reply, "x-amz-object-lock-mode", mode) ||
		!s3_header(reply, "x-amz-object-lock-retain-until-date", until))
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" without a lock", object->key);
	else if (strcmp(mode, self->settings.lock.mode) != 0)
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" locked in mode \"%s\"",
							 object->key, mode);
	else if (object->until[0] != '\0' && !lock_reaches(until, object->until))
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" locked until \"%s\" only",
							 object->key, until);
	else
		return true;
	return false;
}

/* True when the store's own checksum is that of the bytes; *known: it gave one. */
static bool
bucket_checksum(const Object *object, const S3Reply *reply, bool *known)
{
	unsigned char digest[DIGEST_SIZE];
	char		wanted[BASE64_TEXT_SIZE(DIGEST_SIZE)];
	char		given[S3_VALUE_SIZE];

	*known = s3_header(reply, "x-amz-checksum-sha256", given);
	if (!*known || !digest_sha256(object->bytes, object->len, digest))
		return false;
	(void) base64_encode(BASE64_STANDARD, digest, DIGEST_SIZE, wanted);
	return strcmp(given, wanted) == 0;
}

/* What the store says of a version: its lock; *same: the bytes too, *known: it could tell. */
static bool
bucket_ask(Bucket *self, const Object *object, const char *id, bool *same, bool *known,
		   Failure *failure)
{
	const SigField query[] = {{"versionId", id}};
	const SigField headers[] = {{"x-amz-checksum-mode", "ENABLED"}};
	const S3Request request = {
		.method = "HEAD", .key = object->key, .query = query, .n_query = 1,
		.headers = headers, .n_headers = 1
	};
	S3Reply		reply;
	bool		ok = s3_call(self->s3, &request, &reply, failure);

	if (ok && reply.status != 200)
		ok = s3_unexpected(&request, &reply, failure);
	if (ok)
	{
		*same = bucket_checksum(object, &reply, known);
		ok = bucket_check_lock(self, object, &reply, failure);
	}
	s3_reply_free(&reply);
	return ok;
}

/* A version: its lock, and its bytes by the store's checksum or, where it has none, by reading. */
static bool
bucket_check(Bucket *self, const Object *object, const char *id, Failure *failure)
{
	bool		known = false;
	bool		same = false;

	if (!bucket_ask(self, object, id, &same, &known, failure))
		return false;
	if (same)
		return true;
	if (!known)
		return bucket_compare(self, object, id, failure);
	failure_set_sqlstate(failure, "UP902", "store has \"%s\" with other bytes", object->key);
	return false;
}

/* Writes the first version; *taken: somebody else was faster. */
static bool
bucket_write(Bucket *self, Object *object, char id[S3_VALUE_SIZE], bool *taken, Failure *failure)
{
	const SigField headers[] = {
		{"if-none-match", "*"},
		{"x-amz-object-lock-mode", self->settings.lock.mode},
		{"x-amz-object-lock-retain-until-date", object->until},
	};
	const S3Request request = {
		.method = "PUT", .key = object->key, .headers = headers, .n_headers = 3,
		.body = object->bytes, .len = object->len
	};
	S3Reply		reply;
	bool		ok;

	lock_until(&self->settings.lock, object->until);
	ok = s3_call(self->s3, &request, &reply, failure);
	*taken = ok && (reply.status == 409 || reply.status == 412);
	if (ok && !*taken && reply.status != 200)
		ok = s3_unexpected(&request, &reply, failure);
	if (ok && !*taken && !s3_header(&reply, "x-amz-version-id", id))
	{
		failure_set(failure, "object store gave \"%s\" no version", object->key);
		ok = false;
	}
	s3_reply_free(&reply);
	return ok;
}

bool
bucket_key(const Bucket *self, const char *name, Object *object, Failure *failure)
{
	if (snprintf(object->key, sizeof(object->key), "%s%s", self->settings.prefix, name) <=
		BUCKET_KEY_MAX)
		return true;
	failure_set(failure, "name \"%s\" is too long for the store", name);
	return false;
}

static bool
bucket_get(Store *store, const char *name, Buf *bytes, bool *there, Failure *failure)
{
	Bucket	   *self = (Bucket *) store;
	Object		object = {.bytes = ""};
	Found		found;
	bool		same;
	bool		known;

	if (!bucket_key(self, name, &object, failure) ||
		!bucket_find(self, &object, &found, failure))
		return false;
	*there = found.versions > 0;
	return !*there || (bucket_ask(self, &object, found.id, &same, &known, failure) &&
					   bucket_read(self, object.key, found.id, bytes, failure));
}

static bool
bucket_put(Store *store, const char *name, const void *bytes, size_t len, Failure *failure)
{
	Bucket	   *self = (Bucket *) store;
	Object		object = {.bytes = bytes, .len = len};
	Found		found;
	char		id[S3_VALUE_SIZE];
	bool		taken = false;

	if (!bucket_key(self, name, &object, failure) ||
		!bucket_find(self, &object, &found, failure))
		return false;
	if (found.versions == 0 &&
		(!bucket_write(self, &object, id, &taken, failure) ||
		 (!taken && !bucket_check(self, &object, id, failure)) ||
		 !bucket_find(self, &object, &found, failure)))
		return false;
	if (taken)
		object.until[0] = '\0';
	if (object.until[0] == '\0')
		return bucket_check(self, &object, found.id, failure);
	if (found.versions == 1 && strcmp(found.id, id) == 0)
		return true;
	failure_set_sqlstate(failure, "UP902", "store does not keep \"%s\"", object.key);
	return false;
}

typedef struct Names
{
	StoreSee	see;
	void	   *context;
	size_t		skip;
} Names;

static bool
bucket_see_name(const Version *version, void *context)
{
	const Names *names = context;

	names->see(version->key + names->skip, names->context);
	return true;
}

/* Also what a delete marker hides is there. */
static bool
bucket_list(Store *store, const char *directory, StoreSee see, void *context, Failure *failure)
{
	Bucket	   *self = (Bucket *) store;
	char		prefix[BUCKET_KEY_MAX + 1];
	Names		names = {see, context, 0};

	names.skip =
		(size_t) snprintf(prefix, sizeof(prefix), "%s%s/", self->settings.prefix, directory);
	if (names.skip < sizeof(prefix))
		return versions_list(self->s3, prefix, bucket_see_name, &names, failure);
	failure_set(failure, "name \"%s\" is too long for the store", directory);
	return false;
}

/* The bucket's answer about one of its settings has this element with this text. */
static bool
bucket_is(Bucket *self, const char *setting, const char *element, const char *wanted,
		  Failure *failure)
{
	const SigField query[] = {{setting, ""}};
	const S3Request request = {.method = "GET", .query = query, .n_query = 1};
	S3Reply		reply;
	char		value[S3_VALUE_SIZE];
	bool		ok = s3_call(self->s3, &request, &reply, failure);

	if (ok && reply.status != 200)
		ok = s3_unexpected(&request, &reply, failure);
	else if (ok && (!xml_value(reply.body.data, reply.body.data + reply.body.len, element, value,
							   sizeof(value)) || strcmp(value, wanted) != 0))
	{
		failure_set(failure, "bucket \"%s\" does not have %s %s", self->settings.s3.bucket,
					setting, wanted);
		ok = false;
	}
	s3_reply_free(&reply);
	return ok;
}

static void
bucket_close(Store *store)
{
	Bucket	   *self = (Bucket *) store;

	s3_close(self->s3);
	free(self);
}

Store *
bucket_open(const BucketSettings *settings, Failure *failure)
{
	static const StoreKind kind = {
		bucket_put, bucket_get, bucket_list, bucket_look, bucket_keep, bucket_hold, bucket_remove,
		bucket_close
	};
	Bucket	   *self = calloc(1, sizeof(*self));

	if (self == NULL)
	{
		failure_set(failure, "no memory for a store");
		return NULL;
	}
	self->store.kind = &kind;
	self->settings = *settings;
	self->s3 = s3_open(&settings->s3, failure);
	if (self->s3 != NULL && bucket_is(self, "versioning", "Status", "Enabled", failure) &&
		bucket_is(self, "object-lock", "ObjectLockEnabled", "Enabled", failure))
		return &self->store;
	bucket_close(&self->store);
	return NULL;
}
