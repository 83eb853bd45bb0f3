/*
 * probe.c: is the object store write-once, as it says?
 *
 * Order: one object is locked for an hour and attacked: its version deleted, its lock extended (that
 * must work), shortened and weakened, its key deleted and written over, the bucket's versioning suspended.  A second one is
 * locked for some seconds and held; when its time is over the hold alone must keep it, and without
 * the hold it must go.  After an attempt to remove a version it is read again: the answer alone
 * proves nothing.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/probe.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "store/lockcall.h"

#define PROBE_KEY_MAX 640
#define PROBE_BODY_MAX 1024
#define PROBE_LOCK_SECONDS 3600
#define PROBE_SHORT_SECONDS 3
#define PROBE_CLOCK_SECONDS 60
#define PROBE_BYTES "portarium probe"

typedef struct ProbeObject
{
	char		key[PROBE_KEY_MAX];
	char		id[S3_VALUE_SIZE];
	char		until[LOCK_TIME_SIZE];
} ProbeObject;

typedef struct Probe
{
	const BucketSettings *settings;
	S3		   *s3;
	ProbeObject locked;
	ProbeObject held;
	char		date[S3_VALUE_SIZE];	/* the store's, of the last answer */
} Probe;

/* One request; fills the id of the version that it made, if it made one. */
static bool
probe_call(Probe *self, const S3Request *request, long *status, char id[S3_VALUE_SIZE],
		   Failure *failure)
{
	char		made[S3_VALUE_SIZE];
	S3Reply		reply;
	const bool	ok = s3_call(self->s3, request, &reply, failure);

	*status = reply.status;
	if (ok && id != NULL && s3_header(&reply, "x-amz-version-id", made))
		memcpy(id, made, sizeof(made));
	if (ok && !s3_header(&reply, "date", self->date))
		self->date[0] = '\0';
	s3_reply_free(&reply);
	return ok;
}

/* *there: the version can be read, and has its bytes. */
static bool
probe_there(Probe *self, const ProbeObject *object, bool *there, Failure *failure)
{
	const SigField query[] = {{"versionId", object->id}};
	const S3Request request = {.method = "GET", .key = object->key, .query = query, .n_query = 1};
	S3Reply		reply;
	const bool	ok = s3_call(self->s3, &request, &reply, failure);

	*there = ok && reply.status == 200 && reply.body.len == strlen(PROBE_BYTES) &&
		memcmp(reply.body.data, PROBE_BYTES, reply.body.len) == 0;
	s3_reply_free(&reply);
	return ok;
}

static bool
probe_put(Probe *self, ProbeObject *object, const char *name, int seconds, const char *hold,
		  Failure *failure)
{
	const SigField headers[] = {
		{"x-amz-object-lock-mode", self->settings->lock.mode},
		{"x-amz-object-lock-retain-until-date", object->until},
		{"x-amz-object-lock-legal-hold", hold},
	};
	const S3Request request = {
		.method = "PUT", .key = object->key, .headers = headers, .n_headers = 3,
		.body = PROBE_BYTES, .len = strlen(PROBE_BYTES)
	};
	long		status;

	lock_until(&(Lock) {self->settings->lock.mode, seconds}, object->until);
	snprintf(object->key, sizeof(object->key), "%sprobe/%" PRId64 "-%s", self->settings->prefix,
			 clock_wall_us(), name);
	if (!probe_call(self, &request, &status, object->id, failure))
		return false;
	if (status == 200 && object->id[0] != '\0')
		return true;
	failure_set(failure, "object store answered %ld to a locked object", status);
	return false;
}

/* Deleting the locked version, which must be there afterwards. */
static bool
probe_delete(Probe *self, bool bypass, bool *held, Failure *failure)
{
	long		status;
	bool		there;

	if (!lockcall_delete(self->s3, self->locked.key, self->locked.id, bypass, &status, failure) ||
		!probe_there(self, &self->locked, &there, failure))
		return false;
	*held = there && status >= 400;
	return true;
}

static bool
probe_version_delete(Probe *self, bool *held, Failure *failure)
{
	return probe_delete(self, false, held, failure) &&
		(!*held || probe_delete(self, true, held, failure));
}

/* Asks for another lock of the locked object; *status: the answer. */
static bool
probe_retention(Probe *self, const char *mode, const char *until, long *status, Failure *failure)
{
	return lockcall_retain(self->s3, self->locked.key, self->locked.id, mode, until, true, status,
						   failure);
}

/* Without this one a refusal of the next two would prove nothing. */
static bool
probe_extend(Probe *self, bool *held, Failure *failure)
{
	long		status;

	lock_until(&(Lock) {NULL, PROBE_LOCK_SECONDS + PROBE_CLOCK_SECONDS}, self->locked.until);
	if (!probe_retention(self, self->settings->lock.mode, self->locked.until, &status, failure))
		return false;
	*held = status == 200;
	return true;
}

static bool
probe_shorten(Probe *self, bool *held, Failure *failure)
{
	char		until[LOCK_TIME_SIZE];
	long		status;

	lock_until(&(Lock) {NULL, PROBE_LOCK_SECONDS / 2}, until);
	if (!probe_retention(self, self->settings->lock.mode, until, &status, failure))
		return false;
	*held = status >= 400;
	return true;
}

static bool
probe_weaken(Probe *self, bool *held, Failure *failure)
{
	long		status;

	if (!probe_retention(self, "GOVERNANCE", self->locked.until, &status, failure))
		return false;
	*held = status >= 400;
	return true;
}

static bool
probe_key_delete(Probe *self, bool *held, Failure *failure)
{
	const S3Request request = {.method = "DELETE", .key = self->locked.key};
	long		status;

	return probe_call(self, &request, &status, NULL, failure) &&
		probe_there(self, &self->locked, held, failure);
}

static bool
probe_overwrite(Probe *self, bool *held, Failure *failure)
{
	const S3Request request = {
		.method = "PUT", .key = self->locked.key, .body = "other bytes", .len = 11
	};
	long		status;

	return probe_call(self, &request, &status, NULL, failure) &&
		probe_there(self, &self->locked, held, failure);
}

static bool
probe_versioning(Probe *self, const char *status_text, long *status, Failure *failure)
{
	const SigField query[] = {{"versioning", ""}};
	char		body[PROBE_BODY_MAX];
	S3Request	request = {.method = "PUT", .query = query, .n_query = 1, .body = body};

	request.len = (size_t) snprintf(
		body, sizeof(body), "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
		"<Status>%s</Status></VersioningConfiguration>", status_text);
	return probe_call(self, &request, status, NULL, failure);
}

/* Where it could be suspended it is switched on again at once. */
static bool
probe_suspend(Probe *self, bool *held, Failure *failure)
{
	long		status;

	if (!probe_versioning(self, "Suspended", &status, failure))
		return false;
	*held = status >= 400;
	return *held || probe_versioning(self, "Enabled", &status, failure);
}

static void
probe_wait_until(int64_t wall_us)
{
	const struct timespec end = {wall_us / 1000000, 0};

	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, NULL) != 0)
		;
}

static bool
probe_delete_held(Probe *self, bool *there, Failure *failure)
{
	long		status;

	return lockcall_delete(self->s3, self->held.key, self->held.id, false, &status, failure) &&
		probe_there(self, &self->held, there, failure);
}

static bool
probe_hold(Probe *self, bool *held, Failure *failure)
{
	if (!probe_put(self, &self->held, "held", PROBE_SHORT_SECONDS, "ON", failure))
		return false;
	probe_wait_until(clock_wall_us() + (PROBE_SHORT_SECONDS + 1) * INT64_C(1000000));
	return probe_delete_held(self, held, failure);
}

static bool
probe_release(Probe *self, bool *held, Failure *failure)
{
	long		status;
	bool		there;

	if (!lockcall_hold(self->s3, self->held.key, self->held.id, false, &status, failure) ||
		!probe_delete_held(self, &there, failure))
		return false;
	*held = !there;
	return true;
}

static bool
probe_clock(Probe *self, bool *held, Failure *failure)
{
	const S3Request request = {.method = "HEAD", .key = self->locked.key};
	long		status;
	time_t		theirs;

	if (!probe_call(self, &request, &status, NULL, failure))
		return false;
	theirs = curl_getdate(self->date, NULL);
	*held = theirs >= 0 && llabs((long long) (theirs - time(NULL))) <= PROBE_CLOCK_SECONDS;
	return true;
}

static bool
probe_create_only(Probe *self, bool *held, Failure *failure)
{
	const SigField headers[] = {{"if-none-match", "*"}};
	const S3Request request = {
		.method = "PUT", .key = self->locked.key, .headers = headers, .n_headers = 1,
		.body = "other bytes", .len = 11
	};
	long		status;

	*held = probe_call(self, &request, &status, NULL, failure) && status == 412;
	return status != 0;
}

/* In the order in which they are tried; evidence rests on those that are needed. */
static const struct
{
	const char *name;
	bool		(*ask) (Probe *self, bool *held, Failure *failure);
	bool		needed;
}			probe_checks[] = {
	{"version_delete_refused", probe_version_delete, true},
	{"extending_allowed", probe_extend, true},
	{"shortening_refused", probe_shorten, true},
	{"weakening_refused", probe_weaken, true},
	{"create_only_honoured", probe_create_only, false},
	{"overwriting_only_adds", probe_overwrite, true},
	{"deleting_only_hides", probe_key_delete, true},
	{"suspending_refused", probe_suspend, true},
	{"hold_outlives_lock", probe_hold, true},
	{"release_frees", probe_release, false},
	{"clock_agrees", probe_clock, true},
};

/* One name in a list of names. */
static bool
probe_name(Buf *names, const char *name)
{
	return buf_printf(names, "%s\"%s\"", names->len > 0 ? "," : "", name);
}

static bool
probe_all(Probe *self, Buf *held_names, Buf *broken_names, bool *good, Failure *failure)
{
	*good = true;
	for (size_t i = 0; i < sizeof(probe_checks) / sizeof(probe_checks[0]); i++)
	{
		bool		held = false;

		if (!probe_checks[i].ask(self, &held, failure))
			return false;
		*good = *good && (held || !probe_checks[i].needed);
		if (!probe_name(held ? held_names : broken_names, probe_checks[i].name))
		{
			failure_set(failure, "no memory for a report");
			return false;
		}
	}
	return true;
}

static bool
probe_report(const BucketSettings *settings, const Buf *held, const Buf *broken, bool good,
			 Buf *report, Failure *failure)
{
	if (buf_printf(report, "{\"broken\":[%s],\"bucket\":", broken->data) &&
		buf_json_string(report, settings->s3.bucket, strlen(settings->s3.bucket)) &&
		buf_printf(report, ",\"good\":%s,\"held\":[%s],\"mode\":\"%s\"}",
				   good ? "true" : "false", held->data, settings->lock.mode))
		return true;
	failure_set(failure, "no memory for a report");
	return false;
}

bool
probe(const BucketSettings *settings, Buf *report, bool *good, Failure *failure)
{
	Probe		self = {.settings = settings, .s3 = s3_open(&settings->s3, failure)};
	Buf			held;
	Buf			broken;
	bool		ok;

	if (self.s3 == NULL)
		return false;
	buf_init(&held, PROBE_REPORT_MAX);
	buf_init(&broken, PROBE_REPORT_MAX);
	ok = probe_put(&self, &self.locked, "locked", PROBE_LOCK_SECONDS, "OFF", failure) &&
		 probe_all(&self, &held, &broken, good, failure) &&
		 probe_report(settings, &held, &broken, *good, report, failure);
	buf_free(&held);
	buf_free(&broken);
	s3_close(self.s3);
	return ok;
}
