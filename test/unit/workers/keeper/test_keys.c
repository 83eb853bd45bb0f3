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

#define KEK "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEK "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

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
	keys = keys_open(directory, OTHER_KEK, &failure);
	CHECK("not by another KEK", !keys_get(keys, &first, same, &failure) &&
		  strcmp(failure.sqlstate, "UP902") == 0);
	keys_close(keys);
	keys = keys_open(directory, KEK, &failure);
	CHECK("after a restart", keys_get(keys, &first, same, &failure) &&
		  memcmp(key, same, sizeof(key)) == 0);
	keys_close(keys);
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
	test_shredded();
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	CHECK("removed", system(command) == 0);
	return check_close();
}
