/*
 * context.c: minting context tokens.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "context.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/rand.h>

#include "common/base64.h"
#include "common/digest.h"
#include "common/hex.h"
#include "maxima.h"

bool
context_key_parse(const char *text, ContextKey *key, Failure *failure)
{
	size_t		kid_len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	if (kid_len == 0 || kid_len >= sizeof(key->kid) || text[kid_len] != ' ' ||
		!hex_decode(text + kid_len + 1, key->key, sizeof(key->key)))
	{
		failure_set(failure, "the context key file is not \"<key id> <64 hexadecimal digits>\"");
		return false;
	}
	memcpy(key->kid, text, kid_len);
	key->kid[kid_len] = '\0';
	return true;
}

static bool
append_field(Buf *out, const char *text)
{
	char		encoded[BASE64_TEXT_SIZE(LIMIT_CONTEXT_TOKEN)];
	size_t		len = strlen(text);

	return len < LIMIT_CONTEXT_TOKEN && buf_char(out, '.') &&
		buf_append(out, encoded, base64_encode(BASE64_URL, text, len, encoded));
}

bool
context_mint_nonce(const ContextKey *key, const ContextClaims *claims, const char *nonce, Buf *out)
{
	unsigned char mac[DIGEST_SIZE];
	char		encoded[BASE64_TEXT_SIZE(DIGEST_SIZE)];
	size_t		start = out->len;

	if (!buf_printf(out, "v1.%s.%s", key->kid, claims->tenant) ||
		!append_field(out, claims->db) || !append_field(out, claims->login) ||
		!append_field(out, claims->actor) || !append_field(out, claims->roles) ||
		!append_field(out, claims->scope) ||
		!buf_printf(out, ".%" PRId64 ".%d.%s", claims->exp, claims->epoch, nonce))
		return false;
	if (!digest_hmac_sha256(key->key, sizeof(key->key), out->data + start, out->len - start, mac))
		return false;
	return buf_char(out, '.') &&
		buf_append(out, encoded, base64_encode(BASE64_URL, mac, sizeof(mac), encoded));
}

bool
context_mint(const ContextKey *key, const ContextClaims *claims, Buf *out)
{
	unsigned char random[8];
	char		nonce[2 * sizeof(random) + 1];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	hex_encode(random, sizeof(random), nonce);
	return context_mint_nonce(key, claims, nonce, out);
}
