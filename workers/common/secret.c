/*
 * secret.c: reading a file that must be private.
 *
 * The checks are made on the open descriptor, so the file that was checked is the file that is
 * read.  The last part of the path may not be a symbolic link when it is looked up below a
 * directory, where the name comes from elsewhere.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
secret_private(int fd, const char *path, size_t max, size_t *size, Failure *failure)
{
	struct stat status;
	mode_t		refused;

	if (fstat(fd, &status) != 0)
	{
		failure_set(failure, "could not examine file \"%s\": %s", path, strerror(errno));
		return false;
	}
	refused = status.st_uid == 0 ? (S_IWGRP | S_IXGRP | S_IRWXO) : (S_IRWXG | S_IRWXO);
	if (!S_ISREG(status.st_mode))
		failure_set(failure, "\"%s\" is not a regular file", path);
	else if (status.st_uid != 0 && status.st_uid != geteuid())
		failure_set(failure, "file \"%s\" belongs to another user", path);
	else if ((status.st_mode & refused) != 0)
		failure_set(failure, "file \"%s\" is not private: its mode is %04o", path,
					(unsigned) (status.st_mode & 07777));
	else if ((size_t) status.st_size > max)
		failure_set(failure, "file \"%s\" has more than %zu bytes", path, max);
	else
	{
		*size = (size_t) status.st_size;
		return true;
	}
	return false;
}

/* Fills the buffer; the length that was read, or -1. */
static ssize_t
secret_fill(int fd, char *buffer, size_t size)
{
	size_t		len = 0;

	while (len < size)
	{
		ssize_t		got = read(fd, buffer + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t) got;
	}
	return (ssize_t) len;
}

static char *
secret_content(int fd, const char *path, size_t size, Failure *failure)
{
	char	   *secret = calloc(1, size + 1);
	ssize_t		len = secret != NULL ? secret_fill(fd, secret, size) : -1;

	if (len < 0)
	{
		failure_set(failure, "could not read file \"%s\": %s", path, strerror(errno));
		secret_free(secret);
		return NULL;
	}
	if (strlen(secret) != (size_t) len)
	{
		failure_set(failure, "file \"%s\" holds a zero byte", path);
		explicit_bzero(secret, size);
		free(secret);
		return NULL;
	}
	while (len > 0 && (secret[len - 1] == '\n' || secret[len - 1] == '\r'))
		secret[--len] = '\0';
	return secret;
}

char *
secret_read(int dir_fd, const char *path, size_t max, Failure *failure)
{
	int			follow = dir_fd == AT_FDCWD ? 0 : O_NOFOLLOW;
	int			fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | follow);
	char	   *secret = NULL;
	size_t		size;

	if (fd < 0)
	{
		failure_set(failure, "could not open file \"%s\": %s", path, strerror(errno));
		return NULL;
	}
	if (secret_private(fd, path, max, &size, failure))
		secret = secret_content(fd, path, size, failure);
	(void) close(fd);
	return secret;
}

void
secret_free(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}
