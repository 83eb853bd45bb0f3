/*
 * test_sink_file.c: a file of whole lines, whatever happened before.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "relay/sink_file.h"

static char directory[] = "/tmp/test_sink.XXXXXX";
static char path[64];

static void
write_file(const char *content)
{
	int			fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK("a file for the test", fd >= 0 &&
		  write(fd, content, strlen(content)) == (ssize_t) strlen(content));
	(void) close(fd);
}

static bool
file_is(const char *expected)
{
	static char content[65536];
	int			fd = open(path, O_RDONLY);
	ssize_t		len = read(fd, content, sizeof(content) - 1);

	(void) close(fd);
	content[len > 0 ? len : 0] = '\0';
	return strcmp(content, expected) == 0;
}

static void
test_cut(const char *before, const char *after)
{
	Failure		failure;
	Sink	   *sink;

	write_file(before);
	sink = sink_file_open(path, &failure);
	CHECK("opened", sink != NULL);
	CHECK("an unfinished line is taken away", file_is(after));
	sink_close(sink);
}

static void
test_long_line(void)
{
	static char text[20000];

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "{}\n", 3);
	test_cut(text, "{}\n");
}

static void
test_deliver(void)
{
	Failure		failure;
	Sink	   *sink;
	Sink	   *second;

	(void) unlink(path);
	sink = sink_file_open(path, &failure);
	CHECK("a new file", sink != NULL && sink_deliver(sink, "{\"a\":1}", 7, &failure) &&
		  sink_deliver(sink, "{}", 2, &failure) && sink_flush(sink, &failure));
	CHECK("one line an event", file_is("{\"a\":1}\n{}\n"));
	second = sink_file_open(path, &failure);
	CHECK("a second relay is refused", second == NULL);

	(void) unlink(path);
	CHECK("opened again after it was renamed", sink_reopen(sink, &failure) &&
		  sink_deliver(sink, "{}", 2, &failure) && file_is("{}\n"));
	sink_close(sink);
}

/* A file that may not grow beyond 8 bytes stands for a full disk. */
static void
test_full(void)
{
	const struct rlimit small = {8, RLIM_INFINITY};
	const struct rlimit large = {RLIM_INFINITY, RLIM_INFINITY};
	Failure		failure;
	Sink	   *sink;

	(void) unlink(path);
	sink = sink_file_open(path, &failure);
	CHECK("one event fits", sink_deliver(sink, "[1]", 3, &failure));
	CHECK("limit", setrlimit(RLIMIT_FSIZE, &small) == 0);
	CHECK("the next does not", !sink_deliver(sink, "[12345]", 7, &failure));
	CHECK("limit lifted", setrlimit(RLIMIT_FSIZE, &large) == 0);
	CHECK("no half line is left", file_is("[1]\n"));
	CHECK("later it fits", sink_deliver(sink, "[12345]", 7, &failure) && file_is("[1]\n[12345]\n"));
	sink_close(sink);
}

int
main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	(void) signal(SIGXFSZ, SIG_IGN);
	(void) snprintf(path, sizeof(path), "%s/events", directory);
	test_cut("{}\n{\"a\"", "{}\n");
	test_cut("{\"a\"", "");
	test_cut("{}\n", "{}\n");
	test_cut("", "");
	test_long_line();
	test_deliver();
	test_full();
	(void) unlink(path);
	(void) rmdir(directory);
	return check_close();
}
