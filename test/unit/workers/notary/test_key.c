/*
 * test_key.c: the signing key: made once, private, and the one that its verifier key says.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "notary/key.h"

static char directory[] = "/tmp/test_key.XXXXXX";

static const char *
in_directory(const char *name)
{
	static char paths[4][64];
	static int	next;

	next = (next + 1) % 4;
	snprintf(paths[next], sizeof(paths[next]), "%s/%s", directory, name);
	return paths[next];
}

static bool
loads(const char *name)
{
	Failure		failure;
	Key		   *key = key_load(in_directory(name), &failure);

	key_free(key);
	return key != NULL;
}

static void
test_sign(void)
{
	Failure		failure;
	Key		   *key = key_load(in_directory("key"), &failure);
	Checkpoint	checkpoint = {.origin = "portarium.local/unit", .size = 3};
	Checkpoint	read;
	char		note[NOTE_MAX];
	char		again[NOTE_MAX];

	CHECK("loaded", key != NULL);
	CHECK("signed", key_sign(&key, 1, &checkpoint, note, &failure) &&
						note_verify(note, key_public(key)) == NOTE_SIGNED);
	CHECK("the same note each time",
		  key_sign(&key, 1, &checkpoint, again, &failure) && strcmp(note, again) == 0);
	CHECK("it says what was signed", note_checkpoint_parse(note, &read, &failure) &&
										 read.size == 3 &&
										 strcmp(read.origin, checkpoint.origin) == 0);
	key_free(key);
}

static void
test_files(void)
{
	struct stat status;
	Failure		failure;

	CHECK("private", stat(in_directory("key"), &status) == 0 && (status.st_mode & 0777) == 0600);
	CHECK("not made twice", !key_generate("portarium.local/unit", false, in_directory("key"), &failure));
	CHECK("still the same", loads("key"));
	CHECK("not with a bad name", !key_generate("a name", false, in_directory("bad"), &failure));
	CHECK("and nothing is left of it", stat(in_directory("bad"), &status) != 0);
	CHECK("another key",
		  key_generate("portarium.local/unit", false, in_directory("other"), &failure) && loads("other"));
	CHECK("its verifier key in the wrong place",
		  rename(in_directory("other.vkey"), in_directory("key.vkey")) == 0 && !loads("key"));
	CHECK("no verifier key", !loads("other"));
	CHECK("a third key",
		  key_generate("portarium.local/unit", false, in_directory("third"), &failure) && loads("third"));
	CHECK("open to others", chmod(in_directory("third"), 0644) == 0 && !loads("third"));
	CHECK("not there", !loads("nothing"));
}

int
main(void)
{
	char		command[64];
	Failure		failure;

	CHECK("directory", mkdtemp(directory) != NULL);
	CHECK("made", key_generate("portarium.local/unit", false, in_directory("key"), &failure));
	test_sign();
	test_files();
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	CHECK("clean", system(command) == 0);
	return check_close();
}
