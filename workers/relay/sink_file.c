/*
 * sink_file.c: a file of JSON lines.
 *
 * Lines are appended one write each.  A line that could not be written whole is cut off again, so a
 * reader never sees half of one.  sink_flush brings the file to the disk before the cursor moves.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SINK_FILE_MODE 0640
#define SINK_FILE_BLOCK 4096

typedef struct SinkFile
{
	Sink		sink;
	const char *path;
	int			fd;
} SinkFile;

static bool
sink_file_fail(const SinkFile *file, const char *what, Failure *failure)
{
	failure_set(failure, "could not %s file \"%s\": %s", what, file->path, strerror(errno));
	return false;
}

/* The offset behind the last line end before end; -1 when reading failed. */
static off_t
sink_file_line_end(int fd, off_t end)
{
	char		block[SINK_FILE_BLOCK];

	while (end > 0)
	{
		off_t		start = end > SINK_FILE_BLOCK ? end - SINK_FILE_BLOCK : 0;
		size_t		len = (size_t) (end - start);
		const char *at;

		if (pread(fd, block, len, start) != (ssize_t) len)
			return -1;
		at = memrchr(block, '\n', len);
		if (at != NULL)
			return start + (at - block) + 1;
		end = start;
	}
	return 0;
}

static bool
sink_file_cut(SinkFile *file, Failure *failure)
{
	off_t		end = lseek(file->fd, 0, SEEK_END);
	off_t		line_end = end >= 0 ? sink_file_line_end(file->fd, end) : -1;

	if (line_end < 0)
		return sink_file_fail(file, "read", failure);
	if (line_end < end && ftruncate(file->fd, line_end) != 0)
		return sink_file_fail(file, "truncate", failure);
	return true;
}

static bool
sink_file_reopen(Sink *sink, Failure *failure)
{
	SinkFile   *file = (SinkFile *) sink;

	if (file->fd >= 0)
		(void) close(file->fd);
	file->fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, SINK_FILE_MODE);
	if (file->fd < 0)
		return sink_file_fail(file, "open", failure);
	if (flock(file->fd, LOCK_EX | LOCK_NB) != 0)
		return sink_file_fail(file, "lock", failure);
	return sink_file_cut(file, failure);
}

static bool
sink_file_deliver(Sink *sink, const char *event, size_t len, Failure *failure)
{
	SinkFile   *file = (SinkFile *) sink;
	const struct iovec line[2] = {{(void *) event, len}, {(void *) "\n", 1}};
	Failure		inner;
	ssize_t		written;

	if (file->fd < 0 && !sink_file_reopen(sink, failure))
		return false;
	written = writev(file->fd, line, 2);
	if (written == (ssize_t) len + 1)
		return true;
	if (written >= 0)
		errno = ENOSPC;
	(void) sink_file_fail(file, "write", failure);
	/* When even this fails, the next one to open the file cuts it. */
	if (!sink_file_cut(file, &inner))
	{
		(void) close(file->fd);
		file->fd = -1;
	}
	return false;
}

static bool
sink_file_flush(Sink *sink, Failure *failure)
{
	SinkFile   *file = (SinkFile *) sink;

	if (file->fd >= 0 && fdatasync(file->fd) != 0 && errno != EINVAL)
		return sink_file_fail(file, "flush", failure);
	return true;
}

static void
sink_file_close(Sink *sink)
{
	SinkFile   *file = (SinkFile *) sink;

	if (file->fd >= 0)
		(void) close(file->fd);
	free(file);
}

Sink *
sink_file_open(const char *path, Failure *failure)
{
	static const SinkKind kind = {
		sink_file_deliver, sink_file_flush, sink_file_reopen, sink_file_close
	};
	SinkFile   *file = calloc(1, sizeof(*file));

	if (file == NULL)
	{
		failure_set(failure, "out of memory");
		return NULL;
	}
	*file = (SinkFile) {{&kind}, path, -1};
	if (!sink_file_reopen(&file->sink, failure))
	{
		sink_file_close(&file->sink);
		return NULL;
	}
	return &file->sink;
}
