/*
 * note.c: signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), with Ed25519.
 *
 * A note is a C string that the caller owns; nothing here keeps a pointer into it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "evidence/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/base64.h"
#include "common/hex.h"

#define NOTE_ALGORITHM_ED25519 0x01
#define NOTE_ALGORITHM_COSIGNATURE 0x04
#define NOTE_SIGNED_SIZE (4 + NOTE_SIGNATURE_SIZE)

static bool
key_make(const char *name, unsigned char algorithm, const unsigned char public_key[NOTE_KEY_SIZE],
		 NoteKey *key)
{
	const unsigned char kind[] = {'\n', algorithm};
	const size_t name_len = strlen(name);
	const DigestPart parts[] = {
		{name, name_len}, {kind, sizeof(kind)}, {public_key, NOTE_KEY_SIZE}};
	unsigned char digest[DIGEST_SIZE];

	if (name_len == 0 || name_len > NOTE_NAME_MAX)
		return false;
	for (const char *c = name; *c != '\0'; c++)
	{
		if (*c <= ' ' || *c == '+' || *c == 0x7f)
			return false;
	}
	if (!digest_sha256_parts(parts, 3, digest))
		return false;
	memcpy(key->name, name, name_len + 1);
	key->algorithm = algorithm;
	memcpy(key->id, digest, sizeof(key->id));
	memcpy(key->public_key, public_key, NOTE_KEY_SIZE);
	return true;
}

bool
note_key_make(const char *name, const unsigned char public_key[NOTE_KEY_SIZE], NoteKey *key)
{
	return key_make(name, NOTE_ALGORITHM_ED25519, public_key, key);
}

bool
note_witness_make(const char *name, const unsigned char public_key[NOTE_KEY_SIZE], NoteKey *key)
{
	return key_make(name, NOTE_ALGORITHM_COSIGNATURE, public_key, key);
}

void
note_key_text(const NoteKey *key, char text[NOTE_VKEY_SIZE])
{
	unsigned char bytes[1 + NOTE_KEY_SIZE] = {key->algorithm};
	char		id[2 * sizeof(key->id) + 1];
	char		base64[BASE64_TEXT_SIZE(sizeof(bytes))];

	memcpy(bytes + 1, key->public_key, NOTE_KEY_SIZE);
	hex_encode(key->id, sizeof(key->id), id);
	base64_encode(BASE64_STANDARD, bytes, sizeof(bytes), base64);
	snprintf(text, NOTE_VKEY_SIZE, "%s+%s+%s", key->name, id, base64);
}

/* A vkey is good when the key that it spells has exactly this text. */
static bool
key_parse(const char *text, unsigned char algorithm, NoteKey *key)
{
	const char *id = strchr(text, '+');
	const char *base64 = id != NULL ? strchr(id + 1, '+') : NULL;
	unsigned char bytes[BASE64_BYTES_SIZE(44)];
	size_t		len;
	char		name[NOTE_NAME_MAX + 1];
	char		again[NOTE_VKEY_SIZE];

	if (base64 == NULL || (size_t) (id - text) >= sizeof(name) || strlen(base64 + 1) != 44)
		return false;
	memcpy(name, text, (size_t) (id - text));
	name[id - text] = '\0';
	if (!base64_decode(BASE64_STANDARD, base64 + 1, 44, bytes, &len) || len != 1 + NOTE_KEY_SIZE ||
		!key_make(name, algorithm, bytes + 1, key))
		return false;
	note_key_text(key, again);
	return strcmp(text, again) == 0;
}

bool
note_key_parse(const char *text, NoteKey *key)
{
	return key_parse(text, NOTE_ALGORITHM_ED25519, key);
}

bool
note_witness_parse(const char *text, NoteKey *key)
{
	return key_parse(text, NOTE_ALGORITHM_COSIGNATURE, key);
}

size_t
note_checkpoint_text(const Checkpoint *checkpoint, char *text, size_t size)
{
	char		root[BASE64_TEXT_SIZE(DIGEST_SIZE)];
	int			len;

	base64_encode(BASE64_STANDARD, checkpoint->root, DIGEST_SIZE, root);
	len = snprintf(text, size, "%s\n%" PRIu64 "\n%s\n", checkpoint->origin, checkpoint->size, root);
	return len > 0 && (size_t) len < size ? (size_t) len : 0;
}

size_t
note_text_len(const char *note)
{
	const char *end = strstr(note, "\n\n");

	return end != NULL ? (size_t) (end - note) + 1 : 0;
}

bool
note_sign(char *note, size_t size, const NoteKey *key,
		  const unsigned char signature[NOTE_SIGNATURE_SIZE])
{
	const size_t note_len = strlen(note);
	unsigned char bytes[NOTE_SIGNED_SIZE];
	char		base64[BASE64_TEXT_SIZE(NOTE_SIGNED_SIZE)];
	int			len;

	memcpy(bytes, key->id, sizeof(key->id));
	memcpy(bytes + sizeof(key->id), signature, NOTE_SIGNATURE_SIZE);
	base64_encode(BASE64_STANDARD, bytes, sizeof(bytes), base64);
	len = snprintf(note + note_len, size - note_len, "%s" NOTE_DASH "%s %s\n",
				   note_text_len(note) == 0 ? "\n" : "", key->name, base64);
	return len > 0 && (size_t) len < size - note_len;
}

bool
note_checkpoint_parse(const char *note, Checkpoint *checkpoint, Failure *failure)
{
	const size_t text_len = note_text_len(note);
	const char *size_line = strchr(note, '\n');
	const char *root_line = size_line != NULL ? strchr(size_line + 1, '\n') : NULL;
	unsigned char root[BASE64_BYTES_SIZE(44)];
	size_t		root_len;
	char		again[NOTE_MAX];

	if (text_len > 0 && root_line != NULL &&
		(size_t) (size_line - note) < sizeof(checkpoint->origin) &&
		base64_decode(BASE64_STANDARD, root_line + 1, strcspn(root_line + 1, "\n") == 44 ? 44 : 0,
					  root, &root_len) &&
		root_len == DIGEST_SIZE)
	{
		memcpy(checkpoint->origin, note, (size_t) (size_line - note));
		checkpoint->origin[size_line - note] = '\0';
		checkpoint->size = strtoull(size_line + 1, NULL, 10);
		memcpy(checkpoint->root, root, DIGEST_SIZE);
		/* whatever has another spelling of the same is not a checkpoint */
		if (note_checkpoint_text(checkpoint, again, sizeof(again)) == text_len &&
			memcmp(note, again, text_len) == 0)
			return true;
	}
	failure_set(failure, "the note is not a checkpoint");
	return false;
}

bool
note_signature_good(const char *text, size_t text_len, const NoteKey *key,
					const unsigned char signature[NOTE_SIGNATURE_SIZE])
{
	EVP_PKEY *public_key =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->public_key, NOTE_KEY_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		good = public_key != NULL && context != NULL &&
				EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
				EVP_DigestVerify(context, signature, NOTE_SIGNATURE_SIZE,
								 (const unsigned char *) text, text_len) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public_key);
	return good;
}

/* True when the line is by the key, whether or not the signature is good. */
static bool
note_line_signature(const char *line, size_t len, const NoteKey *key,
					unsigned char signature[NOTE_SIGNATURE_SIZE])
{
	const size_t dash_len = strlen(NOTE_DASH);
	const size_t name_len = strlen(key->name);
	const size_t base64_at = dash_len + name_len + 1;
	unsigned char bytes[BASE64_BYTES_SIZE(92)];
	size_t		bytes_len;

	if (len != base64_at + 92 || memcmp(line, NOTE_DASH, dash_len) != 0 ||
		memcmp(line + dash_len, key->name, name_len) != 0 || line[base64_at - 1] != ' ' ||
		!base64_decode(BASE64_STANDARD, line + base64_at, 92, bytes, &bytes_len) ||
		bytes_len != NOTE_SIGNED_SIZE || memcmp(bytes, key->id, sizeof(key->id)) != 0)
		return false;
	memcpy(signature, bytes + sizeof(key->id), NOTE_SIGNATURE_SIZE);
	return true;
}

NoteVerdict
note_verify(const char *note, const NoteKey *key)
{
	const size_t text_len = note_text_len(note);
	NoteVerdict verdict = NOTE_UNSIGNED;

	for (const char *line = note + text_len + 1; text_len > 0 && *line != '\0';)
	{
		const size_t len = strcspn(line, "\n");
		unsigned char signature[NOTE_SIGNATURE_SIZE];

		if (note_line_signature(line, len, key, signature))
		{
			if (!note_signature_good(note, text_len, key, signature))
				return NOTE_FORGED;
			verdict = NOTE_SIGNED;
		}
		line += len + (line[len] == '\n');
	}
	return verdict;
}
