/*
 * inspect.c: is everything as the keeper has left it?
 *
 * Order: payload by payload in the order of their ids, a page at a time; after each page the database has
 * written down where the inspection is and what its first finding was.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/inspect.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/digest.h"
#include "common/hex.h"
#include "store/lock.h"

#define INSPECT_OBJECT_MAX (16 * 1024 * 1024 + SEAL_ADDED)
#define INSPECT_UUID 16

/* The 16 bytes of an id. */
static bool
inspect_uuid(const char *text, unsigned char bytes[INSPECT_UUID])
{
	char		digits[2 * INSPECT_UUID + 1];
	size_t		n = 0;

	for (; *text != '\0'; text++)
	{
		if (*text == '-')
			continue;
		if (n == 2 * INSPECT_UUID)
			return false;
		digits[n++] = *text;
	}
	digits[n] = '\0';
	return hex_decode(digits, bytes, INSPECT_UUID);
}

bool
inspect_sampled(const unsigned char seed[DIGEST_SIZE], int percent, const char *payload,
				bool *sampled)
{
	unsigned char text[DIGEST_SIZE + INSPECT_UUID];
	unsigned char hash[DIGEST_SIZE];
	uint64_t	draw;

	memcpy(text, seed, DIGEST_SIZE);
	if (!inspect_uuid(payload, text + DIGEST_SIZE) || !digest_sha256(text, sizeof(text), hash))
		return false;
	draw = (uint64_t) hash[0] << 24 | (uint64_t) hash[1] << 16 | (uint64_t) hash[2] << 8 | hash[3];
	*sampled = draw * 100 < (uint64_t) percent << 32;
	return true;
}

/* The key of this name must not be there. */
static bool
inspect_gone(Keeper *keeper, const KeyName *name, Failure *failure)
{
	bool		there;

	if (!keys_there(keeper->keys, name, &there, failure))
		return false;
	if (there)
		failure_set_sqlstate(failure, "UP902", "key of \"%s\" is back, and was shredded",
							 name->payload != NULL ? name->payload : name->owner);
	return !there;
}

/* The bytes under a name are those that were put. */
static bool
inspect_bytes(Keeper *keeper, const char *name, const Kept *kept, Failure *failure)
{
	unsigned char hash[DIGEST_SIZE];
	Buf			object;
	bool		there;
	bool		ok;

	buf_init(&object, INSPECT_OBJECT_MAX);
	ok = store_get(keeper->store, name, &object, &there, failure);
	if (ok && !(there && digest_sha256(object.data, object.len, hash) &&
				memcmp(hash, kept->hash, DIGEST_SIZE) == 0))
	{
		failure_set_sqlstate(failure, "UP902", "store does not have \"%s\" as it was put", name);
		ok = false;
	}
	buf_free(&object);
	return ok;
}

static bool
inspect_locks(Keeper *keeper, const char *name, const Kept *kept, Failure *failure)
{
	StoreLook	look;

	if (!store_look(keeper->store, name, &look, failure))
		return false;
	if (!look.there)
		failure_set_sqlstate(failure, "UP902", "store does not have \"%s\"", name);
	else if (look.locks && kept->until[0] != '\0' && !lock_reaches(look.until, kept->until))
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" locked until \"%s\" only", name,
							 look.until);
	else if (look.locks && kept->held && !look.held)
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" without its hold", name);
	else
		return true;
	return false;
}

/* The bytes, when the object is in the sample; counted and added to the digest of those that are. */
static bool
inspect_sample(Keeper *keeper, Inspection *it, const char *name, const Kept *kept,
			   Failure *failure)
{
	unsigned char text[DIGEST_SIZE + INSPECT_UUID];
	bool		sampled = it->percent == 100;

	memcpy(text, it->sample, DIGEST_SIZE);
	if (!inspect_uuid(kept->payload, text + DIGEST_SIZE) ||
		!(sampled || inspect_sampled(it->seed, it->percent, kept->payload, &sampled)) ||
		(sampled && !digest_sha256(text, sizeof(text), it->sample)))
	{
		failure_set(failure, "could not tell whether \"%s\" is in the sample", kept->payload);
		return false;
	}
	if (!sampled)
		return true;
	it->hashed++;
	return inspect_bytes(keeper, name, kept, failure);
}

static bool
inspect_kept(Keeper *keeper, Inspection *it, const Kept *kept, Failure *failure)
{
	const KeyName payload = {it->tenant, kept->owner, kept->payload};
	const KeyName owner = {it->tenant, kept->owner, NULL};
	char		name[DUTIES_NAME_MAX];

	if (!kept->stored)
		return inspect_gone(keeper, &payload, failure) &&
			(!kept->forgotten || inspect_gone(keeper, &owner, failure));
	duties_name(it->tenant, kept->payload, name);
	return inspect_locks(keeper, name, kept, failure) &&
		inspect_sample(keeper, it, name, kept, failure);
}

/* A finding is written down, and the inspection goes on; another failure ends it. */
static bool
inspect_row(Keeper *keeper, Inspection *it, const Kept *kept, Failure *failure)
{
	it->objects++;
	memcpy(it->after, kept->payload, sizeof(it->after));
	if (inspect_kept(keeper, it, kept, failure))
		return true;
	if (strcmp(failure->sqlstate, "UP902") != 0)
		return false;
	if (it->reason[0] == '\0')
		snprintf(it->reason, sizeof(it->reason), "%s", failure->message);
	return true;
}

bool
inspect(Keeper *keeper, Inspection *inspection, bool *done, Failure *failure)
{
	PGresult   *page = tasks_kept(keeper->conn, inspection->tenant, inspection->after, failure);
	bool		ok = page != NULL;
	Kept		kept;

	*done = ok && PQntuples(page) < TASKS_KEPT_ROWS;
	for (int row = 0; ok && row < PQntuples(page); row++)
		ok = tasks_kept_row(page, row, &kept, failure) &&
			inspect_row(keeper, inspection, &kept, failure);
	PQclear(page);
	return ok && tasks_inspected(keeper->conn, inspection, *done, failure);
}
