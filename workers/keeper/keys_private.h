/*
 * keys_private.h: what the files of the key directory share (keys.c, kek.c, rekey.c).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_KEYS_PRIVATE_H
#define KEEPER_KEYS_PRIVATE_H

#include "common/failure.h"
#include "keeper/seal.h"

#define KEYS_PATH_MAX 160
#define KEYS_FILE_SIZE (SEAL_KEY_SIZE + SEAL_ADDED)
#define KEYS_DRAFT ".draft"

typedef struct Keys
{
	int			fd;				/* the directory, locked */
	unsigned char kek[SEAL_KEY_SIZE];
} Keys;

/* Opens and locks a private directory, whatever it is wrapped by. */
extern Keys *keys_lock(const char *directory, const char *kek, Failure *failure) MUST_CHECK;

/* Is this the KEK that wraps this directory's keys?  An empty directory takes the first that comes. */
extern bool kek_check(Keys *keys, Failure *failure) MUST_CHECK;

/* The draft, whole and on disk, for a link or a rename. */
extern bool keys_draft(Keys *keys, const void *bytes, size_t len) MUST_CHECK;
extern bool keys_write(Keys *keys, const char *path, const void *bytes, size_t len,
					   Failure *failure) MUST_CHECK;
extern bool keys_sync(Keys *keys, const char *directory, Failure *failure) MUST_CHECK;
extern bool keys_failed(const char *what, const char *path, Failure *failure);

/* The wrapped key under a path; *there: there is one. */
extern bool keys_read(Keys *keys, const char *path, unsigned char wrapped[KEYS_FILE_SIZE],
					  bool *there, Failure *failure) MUST_CHECK;

/* The key that a key of this path is sealed by, and the way back and forth. */
extern bool keys_wrapping(const unsigned char parent[SEAL_KEY_SIZE], const char *path,
						  unsigned char key[SEAL_KEY_SIZE]) MUST_CHECK;
extern bool keys_unwrap(const unsigned char wrapping[SEAL_KEY_SIZE], const char *path,
						const unsigned char wrapped[KEYS_FILE_SIZE],
						unsigned char key[SEAL_KEY_SIZE], Failure *failure) MUST_CHECK;

#endif							/* KEEPER_KEYS_PRIVATE_H */
