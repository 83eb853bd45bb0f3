/*
 * key.c: the notary's signing key.
 *
 * The key is read once, checked against the verifier key beside it, and leaves the process in no
 * other form than signatures.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/secret.h"

#define KEY_PEM_MAX 4096
#define KEY_PATH_MAX 4096

struct Key
{
	EVP_PKEY   *pkey;
	NoteKey		public_key;
};

static bool
key_vkey_path(const char *path, char vkey_path[KEY_PATH_MAX], Failure *failure)
{
	if (snprintf(vkey_path, KEY_PATH_MAX, "%s.vkey", path) < KEY_PATH_MAX)
		return true;
	failure_set(failure, "path \"%.100s…\" is too long", path);
	return false;
}

/* A new file with this mode, to be closed by the caller. */
static FILE *
key_create(const char *path, mode_t mode, Failure *failure)
{
	const int	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE	   *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file == NULL)
	{
		failure_set(failure, "could not create file \"%s\": %s", path, strerror(errno));
		if (fd >= 0)
			(void) close(fd);
	}
	return file;
}

/* Closes a file that was written, with everything on disk. */
static bool
key_close(FILE *file, bool written, const char *path, Failure *failure)
{
	written = written && fflush(file) == 0 && fsync(fileno(file)) == 0;
	written = fclose(file) == 0 && written;
	if (!written)
		failure_set(failure, "could not write file \"%s\"", path);
	return written;
}

static bool
key_note_key(const EVP_PKEY *pkey, const char *name, bool witness, NoteKey *key)
{
	unsigned char public_key[NOTE_KEY_SIZE];
	size_t		len = sizeof(public_key);

	return EVP_PKEY_get_raw_public_key(pkey, public_key, &len) == 1 && len == sizeof(public_key) &&
		(witness ? note_witness_make(name, public_key, key) : note_key_make(name, public_key, key));
}

static bool
key_write(EVP_PKEY *pkey, const char *path, const NoteKey *note_key, Failure *failure)
{
	char		vkey[NOTE_VKEY_SIZE];
	char		vkey_path[KEY_PATH_MAX];
	FILE	   *file;

	if (!key_vkey_path(path, vkey_path, failure))
		return false;
	file = key_create(path, 0600, failure);
	if (file == NULL ||
		!key_close(file, PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) == 1, path,
				   failure))
		return false;
	note_key_text(note_key, vkey);
	file = key_create(vkey_path, 0644, failure);
	return file != NULL && key_close(file, fprintf(file, "%s\n", vkey) > 0, vkey_path, failure);
}

bool
key_generate(const char *name, bool witness, const char *path, Failure *failure)
{
	EVP_PKEY   *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	NoteKey		note_key;
	bool		ok;

	if (pkey == NULL)
	{
		failure_set(failure, "could not make a key");
		return false;
	}
	ok = key_note_key(pkey, name, witness, &note_key);
	if (!ok)
		failure_set(failure,
					"\"%.200s\" is not a key name: it has a blank or a plus sign, or no length",
					name);
	ok = ok && key_write(pkey, path, &note_key, failure);
	EVP_PKEY_free(pkey);
	return ok;
}

/* The name comes from FILE.vkey; the rest of that file must agree with the key. */
static bool
key_load_vkey(Key *key, bool witness, const char *path, Failure *failure)
{
	char		vkey_path[KEY_PATH_MAX];
	char		line[NOTE_VKEY_SIZE + 1];
	FILE	   *file;
	NoteKey		derived;
	bool		ok;

	if (!key_vkey_path(path, vkey_path, failure))
		return false;
	file = fopen(vkey_path, "re");
	ok = file != NULL && fgets(line, sizeof(line), file) != NULL;
	if (file != NULL)
		(void) fclose(file);
	if (!ok)
	{
		failure_set(failure, "could not read file \"%s\"", vkey_path);
		return false;
	}
	line[strcspn(line, "\n")] = '\0';
	if (!(witness ? note_witness_parse(line, &key->public_key) :
		  note_key_parse(line, &key->public_key)) ||
		!key_note_key(key->pkey, key->public_key.name, witness, &derived) ||
		memcmp(derived.public_key, key->public_key.public_key, NOTE_KEY_SIZE) != 0)
	{
		failure_set(failure, "file \"%s\" is not the verifier key of \"%s\"", vkey_path, path);
		return false;
	}
	return true;
}

static Key *
key_load_kind(const char *path, bool witness, Failure *failure)
{
	char	   *pem = secret_read(AT_FDCWD, path, KEY_PEM_MAX, failure);
	BIO		   *bio = pem != NULL ? BIO_new_mem_buf(pem, -1) : NULL;
	Key		   *key = calloc(1, sizeof(*key));

	if (pem != NULL)
		failure_set(failure, "file \"%s\" is not an Ed25519 key", path);
	if (bio != NULL && key != NULL)
		key->pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	secret_free(pem);
	if (key != NULL && key->pkey != NULL && EVP_PKEY_is_a(key->pkey, "ED25519") &&
		key_load_vkey(key, witness, path, failure))
		return key;
	key_free(key);
	return NULL;
}

Key *
key_load(const char *path, Failure *failure)
{
	return key_load_kind(path, false, failure);
}

Key *
key_load_witness(const char *path, Failure *failure)
{
	return key_load_kind(path, true, failure);
}

void
key_free(Key *key)
{
	if (key != NULL)
		EVP_PKEY_free(key->pkey);
	free(key);
}

const NoteKey *
key_public(const Key *key)
{
	return &key->public_key;
}

static bool
key_signature(const Key *key, const char *text, size_t text_len,
			  unsigned char signature[NOTE_SIGNATURE_SIZE])
{
	size_t		len = NOTE_SIGNATURE_SIZE;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		ok =
		context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
		EVP_DigestSign(context, signature, &len, (const unsigned char *) text, text_len) == 1 &&
		len == NOTE_SIGNATURE_SIZE;

	EVP_MD_CTX_free(context);
	return ok;
}

/* Adds a signature of the first text_len bytes. */
static bool
key_add_signature(const Key *key, char note[NOTE_MAX], size_t text_len)
{
	unsigned char signature[NOTE_SIGNATURE_SIZE];

	return key_signature(key, note, text_len, signature) &&
		note_sign(note, NOTE_MAX, &key->public_key, signature);
}

bool
key_sign(Key *const *keys, size_t n_keys, const Checkpoint *checkpoint, char note[NOTE_MAX],
		 Failure *failure)
{
	const size_t text_len = note_checkpoint_text(checkpoint, note, NOTE_MAX);
	bool		ok = text_len > 0;

	for (size_t i = 0; ok && i < n_keys; i++)
		ok = key_add_signature(keys[i], note, text_len);
	if (!ok)
		failure_set(failure, "could not sign checkpoint %llu",
					(unsigned long long) checkpoint->size);
	return ok;
}

bool
key_cosign(const Key *key, const char *note, uint64_t time, char line[COSIGN_LINE_MAX],
		   Failure *failure)
{
	unsigned char signature[NOTE_SIGNATURE_SIZE];
	char		text[NOTE_MAX];
	const size_t len = cosign_text(note, time, text, sizeof(text));

	if (len > 0 && key_signature(key, text, len, signature) &&
		cosign_line(&key->public_key, time, signature, line))
		return true;
	failure_set(failure, "could not sign as a witness");
	return false;
}
