/*
 * rekey.c: another key-encryption key.
 *
 * Order: lock the directory; write down where it goes (.kek.next), which shuts it to everybody else; wrap
 * each owner's key anew, leaving those that are; say that it has come there (.kek).  A key is replaced by
 * a rename, so there is always one, wrapped by the old key or by the new one, and what the old one wrapped
 * is overwritten.  Payloads' keys are wrapped by their owners' and stay as they are.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/rekey.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "common/hex.h"
#include "keeper/kek.h"
#include "keeper/keys.h"

typedef struct Rekey
{
	Keys	   *keys;			/* with the old key */
	unsigned char kek[SEAL_KEY_SIZE];	/* the new one */
	uint64_t	wrapped;
} Rekey;

/* The owner's key, wrapped anew, in the place of the old one, which is overwritten. */
static bool
rekey_replace(Rekey *self, const char *path, const Buf *wrapped, Failure *failure)
{
	static const unsigned char zeros[KEYS_FILE_SIZE];
	const int	old = openat(self->keys->fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	bool		ok = old >= 0 && keys_draft(self->keys, wrapped->data, wrapped->len) &&
		renameat(self->keys->fd, KEYS_DRAFT, self->keys->fd, path) == 0;

	if (!ok)
		(void) keys_failed("replace", path, failure);
	else if (pwrite(old, zeros, sizeof(zeros), 0) != (ssize_t) sizeof(zeros) || fsync(old) != 0)
		ok = keys_failed("overwrite", path, failure);
	if (old >= 0)
		(void) close(old);
	return ok;
}

static bool
rekey_wrap(Rekey *self, const char *path, const unsigned char key[SEAL_KEY_SIZE], Failure *failure)
{
	unsigned char wrapping[SEAL_KEY_SIZE];
	Buf			wrapped;
	bool		ok;

	buf_init(&wrapped, KEYS_FILE_SIZE);
	ok = keys_wrapping(self->kek, path, wrapping) &&
		seal_close(wrapping, path, key, SEAL_KEY_SIZE, &wrapped);
	OPENSSL_cleanse(wrapping, sizeof(wrapping));
	if (!ok)
		failure_set(failure, "could not wrap \"%s\"", path);
	ok = ok && rekey_replace(self, path, &wrapped, failure);
	buf_free(&wrapped);
	return ok;
}

/* Opens a wrapped key by a KEK. */
static bool
rekey_open(const unsigned char kek[SEAL_KEY_SIZE], const char *path,
		   const unsigned char wrapped[KEYS_FILE_SIZE], unsigned char key[SEAL_KEY_SIZE],
		   Failure *failure)
{
	unsigned char wrapping[SEAL_KEY_SIZE];
	const bool	ok = keys_wrapping(kek, path, wrapping) &&
		keys_unwrap(wrapping, path, wrapped, key, failure);

	OPENSSL_cleanse(wrapping, sizeof(wrapping));
	return ok;
}

static bool
rekey_owner(Rekey *self, const char *path, Failure *failure)
{
	unsigned char wrapped[KEYS_FILE_SIZE];
	unsigned char key[SEAL_KEY_SIZE];
	bool		there;
	bool		ok = keys_read(self->keys, path, wrapped, &there, failure);

	if (!ok || !there || rekey_open(self->kek, path, wrapped, key, failure))
	{
		OPENSSL_cleanse(key, sizeof(key));
		return ok;
	}
	ok = rekey_open(self->keys->kek, path, wrapped, key, failure) &&
		rekey_wrap(self, path, key, failure);
	OPENSSL_cleanse(key, sizeof(key));
	self->wrapped += ok;
	return ok;
}

static bool
rekey_is_key(const char *name)
{
	const size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".key") == 0;
}

/* The owners' keys in a tenant's directory; payloads' lie one deeper. */
static bool
rekey_tenant(Rekey *self, const char *tenant, Failure *failure)
{
	const int	fd = openat(self->keys->fd, tenant, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR		   *directory = fd >= 0 ? fdopendir(fd) : NULL;
	char		path[KEYS_PATH_MAX];
	const struct dirent *it;
	bool		ok = directory != NULL || keys_failed("open", tenant, failure);

	if (directory == NULL && fd >= 0)
		(void) close(fd);
	while (ok && (it = readdir(directory)) != NULL)
	{
		if (!rekey_is_key(it->d_name))
			continue;
		ok = (size_t) snprintf(path, sizeof(path), "%s/%s", tenant, it->d_name) < sizeof(path) ?
			rekey_owner(self, path, failure) : keys_failed("name", it->d_name, failure);
	}
	if (directory != NULL)
		(void) closedir(directory);
	return ok && keys_sync(self->keys, tenant, failure);
}

static bool
rekey_all(Rekey *self, Failure *failure)
{
	const int	fd = openat(self->keys->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		   *directory = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *it;
	bool		ok = directory != NULL || keys_failed("read", ".", failure);

	if (directory == NULL && fd >= 0)
		(void) close(fd);
	while (ok && (it = readdir(directory)) != NULL)
		ok = it->d_name[0] == '.' || rekey_tenant(self, it->d_name, failure);
	if (directory != NULL)
		(void) closedir(directory);
	return ok;
}

/* Whether there is something to do, which then is written down: *done when the keys are wrapped by the
 * new key already. */
static bool
rekey_begin(Rekey *self, bool *done, Failure *failure)
{
	unsigned char old[DIGEST_SIZE];
	unsigned char next[DIGEST_SIZE];
	unsigned char found[DIGEST_SIZE];
	bool		there;

	if (!kek_fingerprint(self->keys->kek, old) || !kek_fingerprint(self->kek, next))
	{
		failure_set(failure, "could not hash");
		return false;
	}
	if (!kek_read(self->keys, KEK_FILE, found, &there, failure))
		return false;
	*done = there && memcmp(found, next, DIGEST_SIZE) == 0;
	if (*done)
		return true;
	if (!there || memcmp(found, old, DIGEST_SIZE) != 0)
		failure_set_sqlstate(failure, "UP902", "keys are not wrapped by this key-encryption key");
	else if (!kek_read(self->keys, KEK_NEXT_FILE, found, &there, failure))
		return false;
	else if (there && memcmp(found, next, DIGEST_SIZE) != 0)
		failure_set_sqlstate(failure, "UP902", "keys are on their way to another key-encryption key");
	else
		return there || keys_write(self->keys, KEK_NEXT_FILE, next, DIGEST_SIZE, failure);
	return false;
}

static bool
rekey_end(Rekey *self, Failure *failure)
{
	if (renameat(self->keys->fd, KEK_NEXT_FILE, self->keys->fd, KEK_FILE) != 0)
		return keys_failed("replace", KEK_FILE, failure);
	return keys_sync(self->keys, ".", failure);
}

bool
rekey(const char *directory, const char *old_kek, const char *new_kek, uint64_t *wrapped,
	  Failure *failure)
{
	Rekey		self = {.keys = keys_lock(directory, old_kek, failure)};
	bool		done = false;
	bool		ok = self.keys != NULL;

	if (ok && !hex_decode(new_kek, self.kek, SEAL_KEY_SIZE))
	{
		failure_set(failure, "the new key-encryption key is not 64 hex digits");
		ok = false;
	}
	ok = ok && rekey_begin(&self, &done, failure) &&
		(done || (rekey_all(&self, failure) && rekey_end(&self, failure)));
	OPENSSL_cleanse(self.kek, sizeof(self.kek));
	*wrapped = self.wrapped;
	keys_close(self.keys);
	return ok;
}
