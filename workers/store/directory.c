/*
 * directory.c: a directory as a store.
 *
 * A file is written as a draft, synced, and linked to its place: link(2) fails when the place is
 * taken, so a name never stands for half a file and never for two.
 *
 * Lock: the directory itself (flock) as long as the store is open; so there is one draft.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_DRAFT ".draft"
#define DIRECTORY_BLOCK 65536

typedef struct Directory
{
	Store		store;
	int			fd;
} Directory;

static bool
directory_sync(Directory *self, const char *name, Failure *failure)
{
	const int	fd = openat(self->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool		ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		failure_set(failure, "could not sync directory \"%s\": %s", name, strerror(errno));
	if (fd >= 0)
		(void) close(fd);
	return ok;
}

/* Makes every directory on the way to name; gives the last one. */
static bool
directory_make_way(Directory *self, const char *name, char directory[STORE_NAME_MAX],
				   Failure *failure)
{
	for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
	{
		const size_t len = (size_t) (slash - name);

		memcpy(directory, name, len);
		directory[len] = '\0';
		if (mkdirat(self->fd, directory, 0755) == 0)
		{
			char	   *parent = strrchr(directory, '/');
			char		above[STORE_NAME_MAX] = ".";

			if (parent != NULL)
				snprintf(above, sizeof(above), "%.*s", (int) (parent - directory), directory);
			if (!directory_sync(self, above, failure))
				return false;
		}
		else if (errno != EEXIST)
		{
			failure_set(failure, "could not make directory \"%s\": %s", directory, strerror(errno));
			return false;
		}
	}
	return true;
}

static bool
directory_write(int fd, const char *bytes, size_t len)
{
	while (len > 0)
	{
		const ssize_t done = write(fd, bytes, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		len -= (size_t) done;
	}
	return fsync(fd) == 0;
}

static bool
directory_get(Store *store, const char *name, Buf *bytes, bool *there, Failure *failure)
{
	const Directory *self = (const Directory *) store;
	const int	fd = openat(self->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char		block[DIRECTORY_BLOCK];
	ssize_t		done = 0;
	bool		ok = fd >= 0;

	*there = ok || errno != ENOENT;
	while (ok && (done = read(fd, block, sizeof(block))) != 0)
		ok = done > 0 ? buf_append(bytes, block, (size_t) done) : errno == EINTR;
	if (*there && !ok)
		failure_set(failure, "could not read \"%s\" of the store: %s", name,
					done > 0 ? "too long" : strerror(errno));
	if (fd >= 0)
		(void) close(fd);
	return ok || !*there;
}

/* Compares what stands under the name with the bytes. */
static bool
directory_compare(Store *store, const char *name, const void *bytes, size_t len, Failure *failure)
{
	Buf			found;
	bool		there;
	bool		same;

	buf_init(&found, len);
	same = directory_get(store, name, &found, &there, failure) && there && found.len == len &&
		memcmp(found.data, bytes, len) == 0;
	buf_free(&found);
	if (!same)
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" with other bytes", name);
	return same;
}

static bool
directory_put(Store *store, const char *name, const void *bytes, size_t len, Failure *failure)
{
	Directory  *self = (Directory *) store;
	char		directory[STORE_NAME_MAX];
	int			fd;
	bool		ok;
	bool		taken;

	if (!directory_make_way(self, name, directory, failure))
		return false;
	(void) unlinkat(self->fd, DIRECTORY_DRAFT, 0);
	fd = openat(self->fd, DIRECTORY_DRAFT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	ok = fd >= 0 && directory_write(fd, bytes, len);
	ok = ok && linkat(self->fd, DIRECTORY_DRAFT, self->fd, name, 0) == 0;
	taken = !ok && errno == EEXIST;
	if (!ok && !taken)
		failure_set(failure, "could not write \"%s\" to the store: %s", name, strerror(errno));
	if (fd >= 0)
		(void) close(fd);
	(void) unlinkat(self->fd, DIRECTORY_DRAFT, 0);
	if (taken)
		return directory_compare(store, name, bytes, len, failure);
	return ok && directory_sync(self, directory, failure);
}

/* Only names that begin with a digit are names of ours; the draft is none. */
static bool
directory_list(Store *store, const char *directory, StoreSee see, void *context, Failure *failure)
{
	const Directory *self = (const Directory *) store;
	const int	fd = openat(self->fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		   *stream = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *item;

	if (fd < 0 && errno == ENOENT)
		return true;
	if (stream == NULL)
	{
		failure_set(failure, "could not list \"%s\" of the store: %s", directory, strerror(errno));
		if (fd >= 0)
			(void) close(fd);
		return false;
	}
	while ((item = readdir(stream)) != NULL)
	{
		if (item->d_name[0] >= '0' && item->d_name[0] <= '9')
			see(item->d_name, context);
	}
	(void) closedir(stream);
	return true;
}

/* A directory has no locks: who may write to it is the operating system's matter. */
static bool
directory_look(Store *store, const char *name, StoreLook *look, Failure *failure)
{
	const Directory *self = (const Directory *) store;
	struct stat status;

	*look = (StoreLook) {.there = fstatat(self->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0};
	if (look->there || errno == ENOENT)
		return true;
	failure_set(failure, "could not look at \"%s\" of the store: %s", name, strerror(errno));
	return false;
}

static bool
directory_there(Store *store, const char *name, Failure *failure)
{
	StoreLook	look;

	if (!directory_look(store, name, &look, failure))
		return false;
	if (!look.there)
		failure_set_sqlstate(failure, "UP902", "store does not have \"%s\"", name);
	return look.there;
}

static bool
directory_keep(Store *store, const char *name, const char *until, Failure *failure)
{
	(void) until;
	return directory_there(store, name, failure);
}

static bool
directory_hold(Store *store, const char *name, bool on, Failure *failure)
{
	(void) on;
	return directory_there(store, name, failure);
}

static bool
directory_remove(Store *store, const char *name, bool *gone, Failure *failure)
{
	Directory  *self = (Directory *) store;
	char		directory[STORE_NAME_MAX];

	*gone = true;
	if (!directory_make_way(self, name, directory, failure))
		return false;
	if (unlinkat(self->fd, name, 0) == 0)
		return directory_sync(self, directory, failure);
	if (errno == ENOENT)
		return true;
	failure_set(failure, "could not remove \"%s\" from the store: %s", name, strerror(errno));
	return false;
}

static void
directory_close(Store *store)
{
	Directory  *self = (Directory *) store;

	if (self->fd >= 0)
		(void) close(self->fd);
	free(self);
}

Store *
directory_open(const char *path, Failure *failure)
{
	static const StoreKind kind = {
		directory_put, directory_get, directory_list, directory_look, directory_keep, directory_hold,
		directory_remove, directory_close
	};
	Directory  *self = calloc(1, sizeof(*self));

	if (self == NULL)
	{
		failure_set(failure, "no memory for a store");
		return NULL;
	}
	self->store.kind = &kind;
	self->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (self->fd < 0)
		failure_set(failure, "could not open store \"%s\": %s", path, strerror(errno));
	else if (flock(self->fd, LOCK_EX | LOCK_NB) != 0)
		failure_set(failure, "could not lock store \"%s\": another notary uses it", path);
	else
		return &self->store;
	directory_close(&self->store);
	return NULL;
}
