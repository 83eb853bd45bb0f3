/*
 * store.c: the create-only store of checkpoints and leaves, a directory.
 *
 * A file is written as a draft, synced, and linked to its place: link(2) fails when the place is
 * taken, so a name never stands for half a file and never for two.
 *
 * Lock: the directory itself (flock) as long as the store is open; so there is one draft.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/hex.h"

#define STORE_NAME_MAX 160
#define STORE_CHECKPOINTS "checkpoint"
#define STORE_META "meta"
#define STORE_DRAFT ".draft"

bool
store_open(Store *store, const char *path, Failure *failure)
{
	store->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0)
		failure_set(failure, "could not open store \"%s\": %s", path, strerror(errno));
	else if (flock(store->fd, LOCK_EX | LOCK_NB) != 0)
		failure_set(failure, "could not lock store \"%s\": another notary uses it", path);
	else
		return true;
	if (store->fd >= 0)
		(void) close(store->fd);
	return false;
}

void
store_close(Store *store)
{
	(void) close(store->fd);
}

static bool
store_sync_directory(Store *store, const char *name, Failure *failure)
{
	const int	fd = openat(store->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool		ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		failure_set(failure, "could not sync directory \"%s\": %s", name, strerror(errno));
	if (fd >= 0)
		(void) close(fd);
	return ok;
}

/* Makes every directory on the way to name; gives the last one. */
static bool
store_make_way(Store *store, const char *name, char directory[STORE_NAME_MAX], Failure *failure)
{
	for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
	{
		const size_t len = (size_t) (slash - name);

		memcpy(directory, name, len);
		directory[len] = '\0';
		if (mkdirat(store->fd, directory, 0755) == 0)
		{
			char	   *parent = strrchr(directory, '/');
			char		above[STORE_NAME_MAX] = ".";

			if (parent != NULL)
				snprintf(above, sizeof(above), "%.*s", (int) (parent - directory), directory);
			if (!store_sync_directory(store, above, failure))
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
store_write(int fd, const char *bytes, size_t len)
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

/* Compares what stands under the name with the bytes. */
static bool
store_compare(Store *store, const char *name, const void *bytes, size_t len, Failure *failure)
{
	const int	fd = openat(store->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char	   *there = malloc(len + 1);
	size_t		got = 0;
	bool		same;

	while (fd >= 0 && there != NULL && got <= len)
	{
		const ssize_t done = read(fd, there + got, len + 1 - got);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		got += (size_t) done;
	}
	same = fd >= 0 && there != NULL && got == len && memcmp(there, bytes, len) == 0;
	if (!same)
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" with other bytes", name);
	if (fd >= 0)
		(void) close(fd);
	free(there);
	return same;
}

static bool
store_put(Store *store, const char *name, const void *bytes, size_t len, Failure *failure)
{
	char		directory[STORE_NAME_MAX];
	int			fd;
	bool		ok;
	bool		taken;

	if (!store_make_way(store, name, directory, failure))
		return false;
	(void) unlinkat(store->fd, STORE_DRAFT, 0);
	fd = openat(store->fd, STORE_DRAFT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	ok = fd >= 0 && store_write(fd, bytes, len);
	ok = ok && linkat(store->fd, STORE_DRAFT, store->fd, name, 0) == 0;
	taken = !ok && errno == EEXIST;
	if (!ok && !taken)
		failure_set(failure, "could not write \"%s\" to the store: %s", name, strerror(errno));
	if (fd >= 0)
		(void) close(fd);
	(void) unlinkat(store->fd, STORE_DRAFT, 0);
	if (taken)
		return store_compare(store, name, bytes, len, failure);
	return ok && store_sync_directory(store, directory, failure);
}

bool
store_put_checkpoint(Store *store, uint64_t size, const void *bytes, size_t len, Failure *failure)
{
	char		name[STORE_NAME_MAX];

	snprintf(name, sizeof(name), STORE_CHECKPOINTS "/%020" PRIu64, size);
	return store_put(store, name, bytes, len, failure);
}

bool
store_put_meta(Store *store, uint64_t first, uint64_t count, const void *bytes, size_t len,
			   Failure *failure)
{
	char		name[STORE_NAME_MAX];

	snprintf(name, sizeof(name), STORE_META "/%020" PRIu64 "-%" PRIu64, first, count);
	return store_put(store, name, bytes, len, failure);
}

bool
store_put_leaves(Store *store, const unsigned char tenant_hash[DIGEST_SIZE], uint32_t epoch,
				 uint64_t first, uint64_t count, const void *bytes, size_t len, Failure *failure)
{
	char		hash[2 * DIGEST_SIZE + 1];
	char		name[STORE_NAME_MAX];

	hex_encode(tenant_hash, DIGEST_SIZE, hash);
	snprintf(name, sizeof(name), "leaves/%s/%" PRIu32 "/%020" PRIu64 "-%" PRIu64, hash, epoch,
			 first, count);
	return store_put(store, name, bytes, len, failure);
}

/* Calls see(name, context) for each file of a directory that has a number for a name; a directory
 * that does not exist is empty. */
static bool
store_list(Store *store, const char *directory, void (*see) (const char *name, void *context),
		   void *context, Failure *failure)
{
	const int	fd = openat(store->fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

static void
store_see_newest(const char *name, void *context)
{
	uint64_t   *newest = context;
	const uint64_t size = strtoull(name, NULL, 10);

	if (size > *newest)
		*newest = size;
}

bool
store_newest(Store *store, uint64_t *size, Failure *failure)
{
	*size = 0;
	return store_list(store, STORE_CHECKPOINTS, store_see_newest, size, failure);
}

typedef struct MetaSearch
{
	uint64_t	first;
	uint64_t	count;
} MetaSearch;

static void
store_see_meta(const char *name, void *context)
{
	MetaSearch *search = context;
	char	   *end;
	const uint64_t first = strtoull(name, &end, 10);

	if (first == search->first && *end == '-')
		search->count = strtoull(end + 1, NULL, 10);
}

bool
store_meta_count(Store *store, uint64_t first, uint64_t *count, Failure *failure)
{
	MetaSearch	search = {first, 0};
	const bool	ok = store_list(store, STORE_META, store_see_meta, &search, failure);

	*count = search.count;
	return ok;
}
