/*
 * duties.c: doing what is to be done about one payload.
 *
 * Order: the store and the keys first, the database last; a death in between means that the same is
 * asked again, and everything here can be done twice.  A key goes before its object, which may be
 * locked for longer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/duties.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

/* the largest content, and what sealing adds */
#define DUTIES_OBJECT_MAX (16 * 1024 * 1024 + SEAL_ADDED)

void
duties_name(const char *tenant, const char *payload, char name[DUTIES_NAME_MAX])
{
	snprintf(name, DUTIES_NAME_MAX, "payload/%s/%s", tenant, payload);
}

static KeyName
duties_key(const Task *task)
{
	return (KeyName) {task->tenant, task->owner, task->payload[0] != '\0' ? task->payload : NULL};
}

/* Seals the content and puts it, with the store's first, short lock. */
static bool
duties_store(Keeper *keeper, const Task *task, Failure *failure)
{
	const KeyName key_name = duties_key(task);
	unsigned char key[SEAL_KEY_SIZE];
	unsigned char hash[DIGEST_SIZE];
	char		name[DUTIES_NAME_MAX];
	Buf			object;
	bool		ok;

	duties_name(task->tenant, task->payload, name);
	if (!keys_make(keeper->keys, &key_name, key, failure))
		return false;
	buf_init(&object, DUTIES_OBJECT_MAX);
	ok = seal_close(key, name, task->content, task->len, &object) &&
		digest_sha256(object.data, object.len, hash);
	OPENSSL_cleanse(key, sizeof(key));
	if (!ok)
		failure_set(failure, "could not seal \"%s\"", name);
	ok = ok && store_put(keeper->store, name, object.data, object.len, failure) &&
		tasks_done(keeper->conn, task, hash, failure);
	buf_free(&object);
	return ok;
}

/* Brings a copy for who wants to read it; the database compares it with what was put. */
static bool
duties_fetch(Keeper *keeper, const Task *task, Failure *failure)
{
	const KeyName key_name = duties_key(task);
	unsigned char key[SEAL_KEY_SIZE];
	char		name[DUTIES_NAME_MAX];
	Buf			object;
	Buf			text;
	bool		there;
	bool		ok;

	duties_name(task->tenant, task->payload, name);
	if (!keys_get(keeper->keys, &key_name, key, failure))
		return false;
	buf_init(&object, DUTIES_OBJECT_MAX);
	buf_init(&text, DUTIES_OBJECT_MAX);
	ok = store_get(keeper->store, name, &object, &there, failure);
	if (ok && !(there && seal_open(key, name, object.data, object.len, &text)))
	{
		failure_set_sqlstate(failure, "UP902", "store does not have \"%s\" as it was put", name);
		ok = false;
	}
	OPENSSL_cleanse(key, sizeof(key));
	ok = ok && tasks_fetched(keeper->conn, task, text.data, text.len, failure);
	if (text.len > 0)
		OPENSSL_cleanse(text.data, text.len);
	buf_free(&text);
	buf_free(&object);
	return ok;
}

/* Without a subject its owner is the payload itself, whose key goes as well. */
static bool
duties_shred(Keeper *keeper, const Task *task, Failure *failure)
{
	const KeyName key_name = duties_key(task);
	const KeyName owner = {task->tenant, task->owner, NULL};

	return keys_shred(keeper->keys, &key_name, failure) &&
		(strcmp(task->owner, task->payload) != 0 || keys_shred(keeper->keys, &owner, failure));
}

bool
duties_do(Keeper *keeper, const Task *task, Failure *failure)
{
	char		name[DUTIES_NAME_MAX];
	Task		wait = *task;
	bool		gone = true;
	bool		ok;

	duties_name(task->tenant, task->payload, name);
	if (strcmp(task->work, "store") == 0)
		return duties_store(keeper, task, failure);
	if (strcmp(task->work, "fetch") == 0)
		return duties_fetch(keeper, task, failure);
	if (strcmp(task->work, "lock") == 0)
		ok = store_keep(keeper->store, name, task->until, failure);
	else if (strcmp(task->work, "hold") == 0)
		ok = store_hold(keeper->store, name, task->held, failure);
	else if (strcmp(task->work, "remove") == 0)
		ok = duties_shred(keeper, task, failure) &&
			store_remove(keeper->store, name, &gone, failure);
	else
		ok = duties_shred(keeper, task, failure);
	memcpy(wait.work, "wait", sizeof("wait"));
	return ok && tasks_done(keeper->conn, gone ? task : &wait, NULL, failure);
}
