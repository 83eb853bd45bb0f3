/*
 * seal.c: bytes that nobody reads without their key: AES-256-GCM.
 *
 * Form: "PPO1" || ciphertext || tag[16], with a nonce of zeros and `about` as the additional data.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/seal.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

static const unsigned char seal_nonce[12];

/* One pass of the cipher over the bytes; the tag is made, or must be this one. */
static bool
seal_pass(const unsigned char key[SEAL_KEY_SIZE], bool closing, const char *about,
		  const unsigned char *in, size_t len, unsigned char *out,
		  unsigned char tag[SEAL_TAG_SIZE])
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int			n = 0;
	bool		ok = context != NULL && len <= INT_MAX &&
		EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, seal_nonce, closing) == 1 &&
		EVP_CipherUpdate(context, NULL, &n, (const unsigned char *) about,
						 (int) strlen(about)) == 1;

	if (ok && !closing)
		ok = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, SEAL_TAG_SIZE, tag) == 1;
	ok = ok && EVP_CipherUpdate(context, out, &n, in, (int) len) == 1 &&
		EVP_CipherFinal_ex(context, out + n, &n) == 1;
	if (ok && closing)
		ok = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, SEAL_TAG_SIZE, tag) == 1;
	EVP_CIPHER_CTX_free(context);
	return ok;
}

bool
seal_close(const unsigned char key[SEAL_KEY_SIZE], const char *about, const void *text, size_t len,
		   Buf *sealed)
{
	const size_t start = sealed->len + SEAL_MAGIC_SIZE;
	unsigned char tag[SEAL_TAG_SIZE];

	/* the text stands where its ciphertext will */
	return buf_append(sealed, SEAL_MAGIC, SEAL_MAGIC_SIZE) && buf_append(sealed, text, len) &&
		seal_pass(key, true, about, (unsigned char *) sealed->data + start, len,
				  (unsigned char *) sealed->data + start, tag) &&
		buf_append(sealed, tag, sizeof(tag));
}

bool
seal_open(const unsigned char key[SEAL_KEY_SIZE], const char *about, const void *sealed,
		  size_t len, Buf *text)
{
	const unsigned char *bytes = sealed;
	const size_t start = text->len;
	unsigned char tag[SEAL_TAG_SIZE];

	if (len < SEAL_ADDED || memcmp(bytes, SEAL_MAGIC, SEAL_MAGIC_SIZE) != 0)
		return false;
	len -= SEAL_ADDED;
	memcpy(tag, bytes + SEAL_MAGIC_SIZE + len, sizeof(tag));
	if (buf_append(text, bytes + SEAL_MAGIC_SIZE, len) &&
		seal_pass(key, false, about, (unsigned char *) text->data + start, len,
				  (unsigned char *) text->data + start, tag))
		return true;
	buf_truncate(text, start);
	return false;
}
