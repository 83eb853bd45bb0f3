/*
 * test_keys.c: keys are made once, come back the same, and do not come back once they were shredded.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "keeper/keys.h"
#include "keeper/rekey.h"

#define KEK "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEK "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

#define THIRD_KEK "aa0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const KeyName first = {"tenant", "owner", "first"};
static const KeyName second = {"tenant", "owner", "second"};
static const KeyName owner = {"tenant", "owner", NULL};

static char directory[] = "/tmp/test_keys.XXXXXX";

static void
test_open(void)
{
	Failure		failure;
	Keys	   *keys;
	Keys	   *again;

	CHECK("open to others", chmod(directory, 0755) == 0 &&
		  keys_open(directory, KEK, &failure) == NULL);
	CHECK("not there", keys_open("/tmp/nothing-of-the-kind", KEK, &failure) == NULL);
	CHECK("private", chmod(directory, 0700) == 0);
	CHECK("no KEK", keys_open(directory, "abc", &failure) == NULL);
	keys = keys_open(directory, KEK, &failure);
	CHECK("opened", keys != NULL);
	again = keys_open(directory, KEK, &failure);
	CHECK("one at a time", again == NULL);
	keys_close(again);
	keys_close(keys);
}

static void
test_made(void)
{
	unsigned char key[SEAL_KEY_SIZE];
	unsigned char same[SEAL_KEY_SIZE];
	unsigned char other[SEAL_KEY_SIZE];
	Failure		failure;
	bool		there;
	Keys	   *keys = keys_open(directory, KEK, &failure);

	CHECK("none yet", !keys_get(keys, &first, key, &failure) &&
		  keys_there(keys, &first, &there, &failure) && !there);
	CHECK("made", keys_make(keys, &first, key, &failure) &&
		  keys_make(keys, &second, other, &failure) && memcmp(key, other, sizeof(key)) != 0);
	CHECK("the same", keys_make(keys, &first, same, &failure) && memcmp(key, same, sizeof(key)) == 0);
	keys_close(keys);
	CHECK("not by another KEK", keys_open(directory, OTHER_KEK, &failure) == NULL &&
		  strcmp(failure.sqlstate, "UP902") == 0);
	keys = keys_open(directory, KEK, &failure);
	CHECK("after a restart", keys_get(keys, &first, same, &failure) &&
		  memcmp(key, same, sizeof(key)) == 0);
	keys_close(keys);
}

/* Opens with a KEK, and gives the first payload's key. */
static bool
opens(const char *kek, unsigned char key[SEAL_KEY_SIZE])
{
	Failure		failure;
	Keys	   *keys = keys_open(directory, kek, &failure);
	const bool	ok = keys != NULL && keys_get(keys, &first, key, &failure);

	keys_close(keys);
	return ok;
}

/* There and back, through a stop in the middle. */
static void
test_rekey(void)
{
	unsigned char key[SEAL_KEY_SIZE];
	unsigned char same[SEAL_KEY_SIZE];
	char		command[256];
	uint64_t	wrapped;
	Failure		failure;

	CHECK("opens", opens(KEK, key));
	CHECK("from another key", !rekey(directory, OTHER_KEK, THIRD_KEK, &wrapped, &failure) &&
		  strcmp(failure.sqlstate, "UP902") == 0);
	CHECK("to none", !rekey(directory, KEK, "abc", &wrapped, &failure));
	CHECK("nothing has changed", opens(KEK, same) && memcmp(key, same, sizeof(key)) == 0);

	/* a key that is not whole stops it */
	snprintf(command, sizeof(command), "cd %s/tenant && echo half >another.key", directory);
	CHECK("planted", system(command) == 0);
	CHECK("stops", !rekey(directory, KEK, OTHER_KEK, &wrapped, &failure));
	CHECK("opens with neither", !opens(KEK, same) && !opens(OTHER_KEK, same));
	CHECK("goes nowhere else", !rekey(directory, KEK, THIRD_KEK, &wrapped, &failure));
	snprintf(command, sizeof(command), "rm %s/tenant/another.key", directory);
	CHECK("taken away", system(command) == 0);
	CHECK("goes on", rekey(directory, KEK, OTHER_KEK, &wrapped, &failure));
	CHECK("not with the old key", !opens(KEK, same));
	CHECK("the same with the new one", opens(OTHER_KEK, same) && memcmp(key, same, sizeof(key)) == 0);
	CHECK("once more is no change", rekey(directory, KEK, OTHER_KEK, &wrapped, &failure) && wrapped == 0);
	CHECK("back", rekey(directory, OTHER_KEK, KEK, &wrapped, &failure) && wrapped == 1 &&
		  opens(KEK, same) && memcmp(key, same, sizeof(key)) == 0);
}

/* The file of the first payload's key, kept aside or put back. */
static void
copy_key(const char *from, const char *to)
{
	char		command[256];

	snprintf(command, sizeof(command), "cd %s/tenant/owner && cp %s %s", directory, from, to);
	CHECK("copied", system(command) == 0);
}

static void
test_shredded(void)
{
	unsigned char key[SEAL_KEY_SIZE];
	Failure		failure;
	bool		there;
	Keys	   *keys = keys_open(directory, KEK, &failure);

	copy_key("first.key", "kept");
	CHECK("shredded", keys_shred(keys, &first, &failure) && keys_shred(keys, &first, &failure));
	CHECK("gone", keys_there(keys, &first, &there, &failure) && !there);
	CHECK("not made again", !keys_make(keys, &first, key, &failure) &&
		  strcmp(failure.sqlstate, "UP902") == 0);
	copy_key("kept", "first.key");
	CHECK("one that was put back is not used", !keys_get(keys, &first, key, &failure));
	CHECK("and is seen", keys_there(keys, &first, &there, &failure) && there);
	CHECK("the other one is there", keys_get(keys, &second, key, &failure));
	CHECK("with its owner's it goes, too", keys_shred(keys, &owner, &failure) &&
		  !keys_get(keys, &second, key, &failure) && !keys_make(keys, &second, key, &failure));
	copy_key("second.key", "whole");
	copy_key("/dev/null", "second.key");
	CHECK("half a key", !keys_there(keys, &second, &there, &failure));
	keys_close(keys);
}

int
main(void)
{
	char		command[128];

	CHECK("directory", mkdtemp(directory) != NULL);
	test_open();
	test_made();
	test_rekey();
	test_shredded();
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	CHECK("removed", system(command) == 0);
	return check_close();
}
