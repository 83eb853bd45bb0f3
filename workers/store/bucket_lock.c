/*
 * bucket_lock.c: the locks of what a bucket holds, and removing what is no longer locked.
 *
 * The store is never believed: after a lock was asked for, the version is looked at again, and after
 * a removal it must be gone.  A longer lock than the one that is wanted stays as it is, because no
 * store shortens one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "store/bucket_private.h"
#include "store/lockcall.h"

/* The one version of a name, which must be there. */
static bool
lock_version(Bucket *self, const char *name, Object *object, Found *found, Failure *failure)
{
	if (!bucket_key(self, name, object, failure) || !bucket_find(self, object, found, failure))
		return false;
	if (found->versions == 1)
		return true;
	failure_set_sqlstate(failure, "UP902", "store does not have \"%s\"", object->key);
	return false;
}

/* What the store says of one version. */
static bool
lock_ask(Bucket *self, const Object *object, const char *id, StoreLook *look, Failure *failure)
{
	const SigField query[] = {{"versionId", id}};
	const S3Request request = {
		.method = "HEAD", .key = object->key, .query = query, .n_query = 1
	};
	char		hold[S3_VALUE_SIZE];
	char		until[S3_VALUE_SIZE];
	S3Reply		reply;
	bool		ok = s3_call(self->s3, &request, &reply, failure);

	if (ok && reply.status != 200)
		ok = s3_unexpected(&request, &reply, failure);
	ok = ok && bucket_check_lock(self, object, &reply, failure);
	look->there = ok;
	look->locks = true;
	look->held = ok && s3_header(&reply, "x-amz-object-lock-legal-hold", hold) &&
		strcmp(hold, "ON") == 0;
	look->until[0] = '\0';
	if (ok && s3_header(&reply, "x-amz-object-lock-retain-until-date", until) &&
		strlen(until) < sizeof(look->until))
		memcpy(look->until, until, strlen(until) + 1);
	s3_reply_free(&reply);
	return ok;
}

bool
bucket_look(Store *store, const char *name, StoreLook *look, Failure *failure)
{
	Bucket	   *self = (Bucket *) store;
	Object		object = {.bytes = ""};
	Found		found;

	if (!bucket_key(self, name, &object, failure) ||
		!bucket_find(self, &object, &found, failure))
		return false;
	*look = (StoreLook) {.locks = true};
	return found.versions == 0 || lock_ask(self, &object, found.id, look, failure);
}

static bool
lock_refused(const Object *object, const char *what, long status, Failure *failure)
{
	failure_set(failure, "object store answered %ld to %s \"%s\"", status, what, object->key);
	return false;
}

bool
bucket_keep(Store *store, const char *name, const char *until, Failure *failure)
{
	Bucket	   *self = (Bucket *) store;
	Object		object = {.bytes = ""};
	Found		found;
	StoreLook	look;
	long		status;

	if (!lock_version(self, name, &object, &found, failure) ||
		!lock_ask(self, &object, found.id, &look, failure))
		return false;
	if (lock_reaches(look.until, until))
		return true;
	if (!lockcall_retain(self->s3, object.key, found.id, self->settings.lock.mode, until, false,
						 &status, failure))
		return false;
	if (status != 200)
		return lock_refused(&object, "a longer lock of", status, failure);
	memcpy(object.until, until, strlen(until) + 1);
	return lock_ask(self, &object, found.id, &look, failure);
}

bool
bucket_hold(Store *store, const char *name, bool on, Failure *failure)
{
	Bucket	   *self = (Bucket *) store;
	Object		object = {.bytes = ""};
	Found		found;
	StoreLook	look;
	long		status;

	if (!lock_version(self, name, &object, &found, failure) ||
		!lockcall_hold(self->s3, object.key, found.id, on, &status, failure))
		return false;
	if (status != 200)
		return lock_refused(&object, on ? "a hold of" : "a release of", status, failure);
	if (!lock_ask(self, &object, found.id, &look, failure))
		return false;
	if (look.held == on)
		return true;
	failure_set_sqlstate(failure, "UP902", "store did not change the hold of \"%s\"", object.key);
	return false;
}

bool
bucket_remove(Store *store, const char *name, bool *gone, Failure *failure)
{
	Bucket	   *self = (Bucket *) store;
	Object		object = {.bytes = ""};
	Found		found;
	long		status;

	if (!bucket_key(self, name, &object, failure) ||
		!bucket_find(self, &object, &found, failure))
		return false;
	*gone = found.versions == 0;
	if (*gone)
		return true;
	if (!lockcall_delete(self->s3, object.key, found.id, false, &status, failure) ||
		!bucket_find(self, &object, &found, failure))
		return false;
	*gone = found.versions == 0;
	return *gone || status == 403 || lock_refused(&object, "removing", status, failure);
}
