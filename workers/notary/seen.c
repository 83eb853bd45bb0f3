/*
 * seen.c: what a witness has signed last of each log.
 *
 * One file for each log, named by the SHA-256 of its origin; in it the three lines of the checkpoint.  It
 * is written beside its place, synced and renamed.  Lock: the directory's, as long as it is open.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/hex.h"

#define SEEN_DRAFT ".draft"

struct Seen
{
	int			fd;
};

Seen *
seen_open(const char *path, Failure *failure)
{
	Seen	   *seen = calloc(1, sizeof(*seen));

	if (seen == NULL)
	{
		failure_set(failure, "no memory for a witness");
		return NULL;
	}
	seen->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (seen->fd < 0)
		failure_set(failure, "could not open \"%s\": %s", path, strerror(errno));
	else if (flock(seen->fd, LOCK_EX | LOCK_NB) != 0)
		failure_set(failure, "could not lock \"%s\": another witness uses it", path);
	else
		return seen;
	seen_close(seen);
	return NULL;
}

void
seen_close(Seen *seen)
{
	if (seen != NULL && seen->fd >= 0)
		(void) close(seen->fd);
	free(seen);
}

static bool
seen_name(const char *origin, char name[2 * DIGEST_SIZE + 1])
{
	unsigned char digest[DIGEST_SIZE];

	if (!digest_sha256(origin, strlen(origin), digest))
		return false;
	hex_encode(digest, DIGEST_SIZE, name);
	return true;
}

bool
seen_get(const Seen *seen, const char *origin, Checkpoint *last, Failure *failure)
{
	char		name[2 * DIGEST_SIZE + 1];
	char		text[NOTE_MAX];
	const int	fd = seen_name(origin, name) ? openat(seen->fd, name, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t		len;

	memset(last, 0, sizeof(*last));
	if (fd < 0 && errno == ENOENT)
		return true;
	len = fd >= 0 ? read(fd, text, sizeof(text) - 2) : -1;
	if (fd >= 0)
		(void) close(fd);
	if (len > 0)
	{
		/* as a note ends its text */
		memcpy(text + len, "\n", 2);
		if (note_checkpoint_parse(text, last, failure) && strcmp(last->origin, origin) == 0)
			return true;
	}
	failure_set(failure, "could not read what was signed last of \"%s\"", origin);
	return false;
}

bool
seen_put(const Seen *seen, const Checkpoint *last, Failure *failure)
{
	char		name[2 * DIGEST_SIZE + 1];
	char		text[NOTE_MAX];
	const size_t len = note_checkpoint_text(last, text, sizeof(text));
	const int	fd = openat(seen->fd, SEEN_DRAFT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool		ok = fd >= 0 && len > 0 && write(fd, text, len) == (ssize_t) len && fsync(fd) == 0;

	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	ok = ok && seen_name(last->origin, name) &&
		renameat(seen->fd, SEEN_DRAFT, seen->fd, name) == 0 && fsync(seen->fd) == 0;
	if (!ok)
		failure_set(failure, "could not write what is signed: %s", strerror(errno));
	return ok;
}
