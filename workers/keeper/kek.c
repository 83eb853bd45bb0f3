/*
 * kek.c: which key-encryption key a directory's keys are wrapped by.
 *
 * The file .kek holds a fingerprint of it, from which the key does not follow; .kek.next, while it is
 * there, that of the next one, by which some keys are wrapped already.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/kek.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define KEK_FINGERPRINT_OF "portarium kek"

bool
kek_fingerprint(const unsigned char kek[SEAL_KEY_SIZE], unsigned char fingerprint[DIGEST_SIZE])
{
	return digest_hmac_sha256(kek, SEAL_KEY_SIZE, KEK_FINGERPRINT_OF, strlen(KEK_FINGERPRINT_OF),
							  fingerprint);
}

bool
kek_read(Keys *keys, const char *file, unsigned char fingerprint[DIGEST_SIZE], bool *there,
		 Failure *failure)
{
	const int	fd = openat(keys->fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool		ok;

	*there = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || keys_failed("open", file, failure);
	ok = read(fd, fingerprint, DIGEST_SIZE) == DIGEST_SIZE;
	(void) close(fd);
	if (!ok)
		failure_set_sqlstate(failure, "UP902", "\"%s\" of the keys is not whole", file);
	return ok;
}

bool
kek_check(Keys *keys, Failure *failure)
{
	unsigned char mine[DIGEST_SIZE];
	unsigned char theirs[DIGEST_SIZE];
	bool		there;
	bool		changes;

	if (!kek_fingerprint(keys->kek, mine))
	{
		failure_set(failure, "could not hash");
		return false;
	}
	if (!kek_read(keys, KEK_NEXT_FILE, theirs, &changes, failure) ||
		!kek_read(keys, KEK_FILE, theirs, &there, failure))
		return false;
	if (changes)
		failure_set_sqlstate(failure, "UP902", "keys are on their way to another key-encryption key: "
							 "let \"portarium-keeper rekey\" come to its end");
	else if (there && memcmp(mine, theirs, DIGEST_SIZE) != 0)
		failure_set_sqlstate(failure, "UP902", "keys are not wrapped by this key-encryption key");
	else
		return there || keys_write(keys, KEK_FILE, mine, DIGEST_SIZE, failure);
	return false;
}
