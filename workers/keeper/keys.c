/*
 * keys.c: the keys of payloads, in a directory of their own.
 *
 * Layout: TENANT/OWNER.key and TENANT/OWNER/PAYLOAD.key, each the wrapped key (seal.h); NAME.gone beside
 * them is the mark of a shredded one.  A key is written as a draft, synced, and linked to its place, so
 * that a name never stands for half a key; the mark is there before the key goes.
 *
 * Wrapping: an owner's key is sealed by a key that HMAC makes of the KEK and the names, since a key
 * seals one text only; a payload's likewise by one of its owner's.
 *
 * Lock: the directory (flock) as long as it is open; so there is one draft.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/keys.h"
#include "keeper/keys_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "common/digest.h"
#include "common/hex.h"

Keys *
keys_lock(const char *directory, const char *kek, Failure *failure)
{
	Keys	   *keys = calloc(1, sizeof(*keys));
	struct stat status;

	if (keys == NULL)
	{
		failure_set(failure, "no memory for keys");
		return NULL;
	}
	keys->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keys->fd < 0 || fstat(keys->fd, &status) != 0)
		failure_set(failure, "could not open key directory \"%s\": %s", directory, strerror(errno));
	else if ((status.st_mode & 077) != 0)
		failure_set(failure, "key directory \"%s\" is open to others", directory);
	else if (!hex_decode(kek, keys->kek, SEAL_KEY_SIZE))
		failure_set(failure, "the key-encryption key is not 64 hex digits");
	else if (flock(keys->fd, LOCK_EX | LOCK_NB) != 0)
		failure_set(failure, "could not lock key directory \"%s\": another keeper uses it", directory);
	else
		return keys;
	keys_close(keys);
	return NULL;
}

void
keys_close(Keys *keys)
{
	if (keys == NULL)
		return;
	if (keys->fd >= 0)
		(void) close(keys->fd);
	OPENSSL_cleanse(keys, sizeof(*keys));
	free(keys);
}

Keys *
keys_open(const char *directory, const char *kek, Failure *failure)
{
	Keys	   *keys = keys_lock(directory, kek, failure);

	if (keys == NULL || kek_check(keys, failure))
		return keys;
	keys_close(keys);
	return NULL;
}

static void
keys_path(const KeyName *name, const char *suffix, char path[KEYS_PATH_MAX])
{
	if (name->payload == NULL)
		snprintf(path, KEYS_PATH_MAX, "%s/%s.%s", name->tenant, name->owner, suffix);
	else
		snprintf(path, KEYS_PATH_MAX, "%s/%s/%s.%s", name->tenant, name->owner, name->payload,
				 suffix);
}

bool
keys_failed(const char *what, const char *path, Failure *failure)
{
	failure_set(failure, "could not %s \"%s\" of the keys: %s", what, path, strerror(errno));
	return false;
}

bool
keys_sync(Keys *keys, const char *directory, Failure *failure)
{
	const int	fd = openat(keys->fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool	ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void) close(fd);
	return ok || keys_failed("sync", directory, failure);
}

/* The directory that a path is in, made when it is missing. */
static bool
keys_make_way(Keys *keys, const char *path, char directory[KEYS_PATH_MAX], Failure *failure)
{
	char		above[KEYS_PATH_MAX] = ".";

	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
	{
		snprintf(directory, KEYS_PATH_MAX, "%.*s", (int) (slash - path), path);
		if (mkdirat(keys->fd, directory, 0700) != 0)
		{
			if (errno != EEXIST)
				return keys_failed("make", directory, failure);
		}
		else if (!keys_sync(keys, above, failure))
			return false;
		memcpy(above, directory, sizeof(above));
	}
	return true;
}

bool
keys_draft(Keys *keys, const void *bytes, size_t len)
{
	int			fd;
	bool		ok;

	(void) unlinkat(keys->fd, KEYS_DRAFT, 0);
	fd = openat(keys->fd, KEYS_DRAFT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = fd >= 0 && write(fd, bytes, len) == (ssize_t) len && fsync(fd) == 0;
	if (fd >= 0)
		(void) close(fd);
	return ok;
}

/* Puts bytes under a path, whole and on disk; a path that is taken stays as it is. */
bool
keys_write(Keys *keys, const char *path, const void *bytes, size_t len, Failure *failure)
{
	char		directory[KEYS_PATH_MAX] = ".";
	bool		ok;

	if (!keys_make_way(keys, path, directory, failure))
		return false;
	ok = keys_draft(keys, bytes, len) &&
		(linkat(keys->fd, KEYS_DRAFT, keys->fd, path, 0) == 0 || errno == EEXIST);
	if (!ok)
		(void) keys_failed("write", path, failure);
	(void) unlinkat(keys->fd, KEYS_DRAFT, 0);
	return ok && keys_sync(keys, directory, failure);
}

bool
keys_read(Keys *keys, const char *path, unsigned char wrapped[KEYS_FILE_SIZE], bool *there,
		  Failure *failure)
{
	const int	fd = openat(keys->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool		ok;

	*there = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || keys_failed("open", path, failure);
	ok = read(fd, wrapped, KEYS_FILE_SIZE) == KEYS_FILE_SIZE;
	(void) close(fd);
	if (!ok)
		failure_set_sqlstate(failure, "UP902", "key \"%s\" is not whole", path);
	return ok;
}

static bool
keys_is_gone(Keys *keys, const KeyName *name)
{
	char		path[KEYS_PATH_MAX];

	keys_path(name, "gone", path);
	return faccessat(keys->fd, path, F_OK, 0) == 0;
}

bool
keys_wrapping(const unsigned char parent[SEAL_KEY_SIZE], const char *path,
			  unsigned char key[SEAL_KEY_SIZE])
{
	return digest_hmac_sha256(parent, SEAL_KEY_SIZE, path, strlen(path), key);
}

bool
keys_unwrap(const unsigned char wrapping[SEAL_KEY_SIZE], const char *path,
			const unsigned char wrapped[KEYS_FILE_SIZE], unsigned char key[SEAL_KEY_SIZE],
			Failure *failure)
{
	Buf			text;
	bool		ok;

	buf_init(&text, KEYS_FILE_SIZE);
	ok = seal_open(wrapping, path, wrapped, KEYS_FILE_SIZE, &text) && text.len == SEAL_KEY_SIZE;
	if (ok)
		memcpy(key, text.data, SEAL_KEY_SIZE);
	else
		failure_set_sqlstate(failure, "UP902", "key \"%s\" does not open with this KEK", path);
	if (text.len > 0)
		OPENSSL_cleanse(text.data, text.len);
	buf_free(&text);
	return ok;
}

/* A new key, wrapped and written. */
static bool
keys_create(Keys *keys, const unsigned char wrapping[SEAL_KEY_SIZE], const char *path,
			unsigned char key[SEAL_KEY_SIZE], Failure *failure)
{
	Buf			wrapped;
	bool		ok;

	buf_init(&wrapped, KEYS_FILE_SIZE);
	ok = RAND_priv_bytes(key, SEAL_KEY_SIZE) == 1 &&
		seal_close(wrapping, path, key, SEAL_KEY_SIZE, &wrapped);
	if (!ok)
		failure_set(failure, "could not make a key");
	ok = ok && keys_write(keys, path, wrapped.data, wrapped.len, failure);
	buf_free(&wrapped);
	return ok;
}

/* A key by its parent's; make: it may be new. */
static bool
keys_load(Keys *keys, const KeyName *name, const unsigned char parent[SEAL_KEY_SIZE], bool make,
		  unsigned char key[SEAL_KEY_SIZE], Failure *failure)
{
	unsigned char wrapping[SEAL_KEY_SIZE];
	unsigned char wrapped[KEYS_FILE_SIZE];
	char		path[KEYS_PATH_MAX];
	bool		there;
	bool		ok;

	keys_path(name, "key", path);
	if (keys_is_gone(keys, name))
	{
		failure_set_sqlstate(failure, "UP902", "key \"%s\" was shredded", path);
		return false;
	}
	if (!keys_read(keys, path, wrapped, &there, failure))
		return false;
	failure_set_sqlstate(failure, "UP902", "key \"%s\" is not there", path);
	ok = (there || make) && keys_wrapping(parent, path, wrapping) &&
		(there ? keys_unwrap(wrapping, path, wrapped, key, failure) :
		 keys_create(keys, wrapping, path, key, failure));
	OPENSSL_cleanse(wrapping, sizeof(wrapping));
	return ok;
}

static bool
keys_find(Keys *keys, const KeyName *name, bool make, unsigned char key[SEAL_KEY_SIZE],
		  Failure *failure)
{
	const KeyName owner = {name->tenant, name->owner, NULL};
	unsigned char parent[SEAL_KEY_SIZE];
	const bool	ok = keys_load(keys, &owner, keys->kek, make, parent, failure) &&
		keys_load(keys, name, parent, make, key, failure);

	OPENSSL_cleanse(parent, sizeof(parent));
	return ok;
}

bool
keys_make(Keys *keys, const KeyName *name, unsigned char key[SEAL_KEY_SIZE], Failure *failure)
{
	return keys_find(keys, name, true, key, failure);
}

bool
keys_get(Keys *keys, const KeyName *name, unsigned char key[SEAL_KEY_SIZE], Failure *failure)
{
	return keys_find(keys, name, false, key, failure);
}

bool
keys_shred(Keys *keys, const KeyName *name, Failure *failure)
{
	static const unsigned char zeros[KEYS_FILE_SIZE];
	char		path[KEYS_PATH_MAX];
	char		directory[KEYS_PATH_MAX];
	int			fd;
	bool		ok;

	keys_path(name, "gone", path);
	if (!keys_write(keys, path, "", 0, failure) ||
		!keys_make_way(keys, path, directory, failure))
		return false;
	keys_path(name, "key", path);
	fd = openat(keys->fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT || keys_failed("open", path, failure);
	ok = pwrite(fd, zeros, sizeof(zeros), 0) == (ssize_t) sizeof(zeros) && fsync(fd) == 0 &&
		unlinkat(keys->fd, path, 0) == 0;
	if (!ok)
		(void) keys_failed("shred", path, failure);
	(void) close(fd);
	return ok && keys_sync(keys, directory, failure);
}

bool
keys_there(Keys *keys, const KeyName *name, bool *there, Failure *failure)
{
	unsigned char wrapped[KEYS_FILE_SIZE];
	char		path[KEYS_PATH_MAX];

	keys_path(name, "key", path);
	return keys_read(keys, path, wrapped, there, failure);
}
