/*
 * test_layout.c: the notary's files in a directory: made once, found again, never changed; one notary at a time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "notary/layout.h"
#include "store/directory.h"

static char directory[] = "/tmp/test_layout.XXXXXX";
static const unsigned char hash[DIGEST_SIZE] = {0xab};

static bool
refused(bool done, const Failure *failure)
{
	return !done && strcmp(failure->sqlstate, "UP902") == 0;
}

static void
test_put(Store *store)
{
	Failure		failure;

	CHECK("a checkpoint", layout_put_checkpoint(store, 12, "note", 4, &failure));
	CHECK("the same again", layout_put_checkpoint(store, 12, "note", 4, &failure));
	CHECK("other bytes", refused(layout_put_checkpoint(store, 12, "nose", 4, &failure), &failure));
	CHECK("more bytes", refused(layout_put_checkpoint(store, 12, "notes", 5, &failure), &failure));
	CHECK("fewer bytes", refused(layout_put_checkpoint(store, 12, "not", 3, &failure), &failure));
	CHECK("leaves", layout_put_leaves(store, hash, 1, 0, 2, "leaves", 6, &failure));
	CHECK("other leaves",
		  refused(layout_put_leaves(store, hash, 1, 0, 2, "heaves", 6, &failure), &failure));
	CHECK("meta leaves", layout_put_meta(store, 7, 5, "meta", 4, &failure));
}

static void
test_names(void)
{
	static const char *const names[] = {
		"checkpoint/00000000000000000012", "meta/00000000000000000007-5",
		"leaves/ab00000000000000000000000000000000000000000000000000000000000000/1/"
		"00000000000000000000-2"};
	char		path[256];
	struct stat status;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		CHECK(names[i],
			  stat(path, &status) == 0 && (status.st_mode & 0222) == 0 && status.st_nlink == 1);
	}
	snprintf(path, sizeof(path), "%s/.draft", directory);
	CHECK("no draft is left", stat(path, &status) != 0);
}

static void
test_look(Store *store)
{
	uint64_t	found;
	Failure		failure;

	CHECK("the newest checkpoint", layout_newest(store, &found, &failure) && found == 12);
	CHECK("an older one changes nothing", layout_put_checkpoint(store, 9, "old", 3, &failure) &&
		  layout_newest(store, &found, &failure) && found == 12);
	CHECK("meta leaves from 7", layout_meta_count(store, 7, &found, &failure) && found == 5);
	CHECK("none from 8", layout_meta_count(store, 8, &found, &failure) && found == 0);
}

int
main(void)
{
	char		command[64];
	Store	   *store;
	Store	   *second;
	Failure		failure;
	uint64_t	found;

	CHECK("directory", mkdtemp(directory) != NULL);
	CHECK("no store", directory_open("/nonexistent", &failure) == NULL);
	store = directory_open(directory, &failure);
	if (!CHECK("a store", store != NULL))
		return check_close();
	CHECK("it is empty", layout_newest(store, &found, &failure) && found == 0 &&
		  layout_meta_count(store, 0, &found, &failure) && found == 0);
	CHECK("a second notary", directory_open(directory, &failure) == NULL);
	test_put(store);
	test_names();
	test_look(store);
	store_close(store);
	second = directory_open(directory, &failure);
	CHECK("the next notary", second != NULL);
	store_close(second);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	CHECK("clean", system(command) == 0);
	return check_close();
}
