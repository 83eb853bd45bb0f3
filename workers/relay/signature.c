/*
 * signature.c: signatures of Standard Webhooks.
 *
 * The signed content is put together once, then each key signs it.  Keys are wiped after use.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/signature.h"

#include <string.h>

#include "common/base64.h"
#include "common/digest.h"

#define SIGNATURE_PREFIX "whsec_"
#define SIGNATURE_KEY_MIN 24
#define SIGNATURE_KEY_MAX 64
#define SIGNATURE_AROUND_MAX 256	/* id and stamp */

/* The bytes of the key in a line. */
static bool
signature_key(const char *line, size_t line_len, unsigned char *key, size_t *len)
{
	size_t		skip = strlen(SIGNATURE_PREFIX);

	return line_len > skip && memcmp(line, SIGNATURE_PREFIX, skip) == 0 &&
		BASE64_BYTES_SIZE(line_len - skip) <= SIGNATURE_KEY_MAX + 2 &&
		base64_decode(BASE64_STANDARD, line + skip, line_len - skip, key, len) &&
		*len >= SIGNATURE_KEY_MIN && *len <= SIGNATURE_KEY_MAX;
}

/* Appends the signature by the key in a line. */
static bool
signature_add(const char *line, size_t len, const Buf *content, Buf *text, Failure *failure)
{
	unsigned char key[SIGNATURE_KEY_MAX + 2];
	unsigned char mac[DIGEST_SIZE];
	char		encoded[BASE64_TEXT_SIZE(DIGEST_SIZE)];
	size_t		key_len;
	bool		ok;

	if (!signature_key(line, len, key, &key_len))
	{
		failure_set(failure, "the credential is not whsec_ and base64 of 24 to 64 bytes");
		return false;
	}
	failure_set(failure, "out of memory");
	ok = digest_hmac_sha256(key, key_len, content->data, content->len, mac);
	explicit_bzero(key, sizeof(key));
	if (!ok)
		return false;
	(void) base64_encode(BASE64_STANDARD, mac, DIGEST_SIZE, encoded);
	return buf_printf(text, "%sv1,%s", text->len > 0 ? " " : "", encoded);
}

/* Appends the signature of each line. */
static bool
signature_add_all(const char *keys, const Buf *content, Buf *text, Failure *failure)
{
	int			n = 0;

	do
	{
		size_t		len = strcspn(keys, "\r\n");

		if (++n > SIGNATURE_KEYS_MAX)
		{
			failure_set(failure, "the credential has more than %d keys", SIGNATURE_KEYS_MAX);
			return false;
		}
		if (!signature_add(keys, len, content, text, failure))
			return false;
		keys += len + strspn(keys + len, "\r\n");
	} while (*keys != '\0');
	return true;
}

bool
signature_make(const char *keys, const char *id, const char *stamp, const Buf *body, Buf *text,
			   Failure *failure)
{
	Buf			content;
	bool		ok;

	buf_init(&content, body->len + SIGNATURE_AROUND_MAX);
	failure_set(failure, "out of memory");
	ok = buf_printf(&content, "%s.%s.", id, stamp) &&
		buf_append(&content, body->data, body->len) &&
		signature_add_all(keys, &content, text, failure);
	buf_free(&content);
	return ok;
}
