/*
 * sigv4.c: AWS Signature Version 4 in a header, as S3 wants it.
 *
 * Order: the canonical request is written and hashed; date, scope and that hash are the string to
 * sign; its key is derived from the secret in four steps, each an HMAC over the next word.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/sigv4.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/digest.h"
#include "common/hex.h"

#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define SIGV4_DAY 8
#define SIGV4_SECRET_MAX 512

bool
sigv4_encode(Buf *buf, const char *text, bool path)
{
	bool		ok = true;

	for (const unsigned char *c = (const unsigned char *) text; ok && *c != '\0'; c++)
	{
		if (*c < 0x80 && (isalnum(*c) || strchr("-._~", *c) != NULL || (path && *c == '/')))
			ok = buf_char(buf, (char) *c);
		else
			ok = buf_printf(buf, "%%%02X", *c);
	}
	return ok;
}

static int
sigv4_by_name(const void *a, const void *b)
{
	const SigField *one = a;
	const SigField *other = b;
	const int	names = strcmp(one->name, other->name);

	return names != 0 ? names : strcmp(one->value, other->value);
}

bool
sigv4_query(Buf *buf, const SigField *fields, size_t n_fields)
{
	Buf			text[2 * SIGV4_FIELDS_MAX];
	SigField	sorted[SIGV4_FIELDS_MAX];
	bool		ok = n_fields <= SIGV4_FIELDS_MAX;

	if (!ok)
		return false;
	for (size_t i = 0; i < 2 * n_fields; i++)
	{
		const SigField *field = &fields[i / 2];

		buf_init(&text[i], SIGV4_TEXT_MAX);
		ok = sigv4_encode(&text[i], i % 2 == 0 ? field->name : field->value, false) && ok;
	}
	for (size_t i = 0; i < n_fields; i++)
		sorted[i] = (SigField) {text[2 * i].data, text[2 * i + 1].data};
	qsort(sorted, n_fields, sizeof(*sorted), sigv4_by_name);
	for (size_t i = 0; ok && i < n_fields; i++)
		ok = buf_printf(buf, "%s%s=%s", i > 0 ? "&" : "", sorted[i].name, sorted[i].value);
	for (size_t i = 0; i < 2 * n_fields; i++)
		buf_free(&text[i]);
	return ok;
}

/* A header's value without blanks around it and with runs of blanks as one. */
static bool
sigv4_value(Buf *buf, const char *value)
{
	bool		ok = true;
	bool		begun = false;

	for (const char *c = value; ok && *c != '\0'; c++)
	{
		if (*c == ' ')
			continue;
		if (begun && c[-1] == ' ')
			ok = buf_char(buf, ' ');
		ok = ok && buf_char(buf, *c);
		begun = true;
	}
	return ok;
}

/* Also appends the names to signed_headers. */
static bool
sigv4_canonical(Buf *buf, const SigRequest *request, Buf *signed_headers)
{
	SigField	sorted[SIGV4_FIELDS_MAX];
	bool		ok = request->n_headers <= SIGV4_FIELDS_MAX &&
		buf_printf(buf, "%s\n%s\n%s\n", request->method, request->path, request->query);

	if (!ok)
		return false;
	memcpy(sorted, request->headers, request->n_headers * sizeof(*sorted));
	qsort(sorted, request->n_headers, sizeof(*sorted), sigv4_by_name);
	for (size_t i = 0; ok && i < request->n_headers; i++)
		ok = buf_printf(buf, "%s:", sorted[i].name) && sigv4_value(buf, sorted[i].value) &&
			 buf_char(buf, '\n') &&
			 buf_printf(signed_headers, "%s%s", i > 0 ? ";" : "", sorted[i].name);
	return ok && buf_printf(buf, "\n%s\n%s", signed_headers->data, request->payload_hash);
}

/* The string to sign. */
static bool
sigv4_string(Buf *buf, const Buf *canonical, const char *time, const char *scope)
{
	unsigned char digest[DIGEST_SIZE];
	char		hex[2 * DIGEST_SIZE + 1];

	if (!digest_sha256(canonical->data, canonical->len, digest))
		return false;
	hex_encode(digest, DIGEST_SIZE, hex);
	return buf_printf(buf, "%s\n%s\n%s\n%s", SIGV4_ALGORITHM, time, scope, hex);
}

static bool
sigv4_step(unsigned char mac[DIGEST_SIZE], const char *word, size_t len)
{
	unsigned char next[DIGEST_SIZE];

	if (!digest_hmac_sha256(mac, DIGEST_SIZE, word, len, next))
		return false;
	memcpy(mac, next, DIGEST_SIZE);
	return true;
}

static bool
sigv4_signature(const SigKey *key, const char *time, const Buf *string, char hex[])
{
	unsigned char mac[DIGEST_SIZE];
	Buf			secret;
	bool		ok;

	buf_init(&secret, SIGV4_SECRET_MAX);
	ok = buf_printf(&secret, "AWS4%s", key->secret) &&
		 digest_hmac_sha256(secret.data, secret.len, time, SIGV4_DAY, mac) &&
		 sigv4_step(mac, key->region, strlen(key->region)) &&
		 sigv4_step(mac, key->service, strlen(key->service)) &&
		 sigv4_step(mac, "aws4_request", strlen("aws4_request")) &&
		 sigv4_step(mac, string->data, string->len);
	if (secret.cap > 0)
		explicit_bzero(secret.data, secret.cap);
	buf_free(&secret);
	hex_encode(mac, DIGEST_SIZE, hex);
	return ok;
}

bool
sigv4_sign(const SigKey *key, const SigRequest *request, const char time[SIGV4_TIME_SIZE],
		   Buf *authorization, Failure *failure)
{
	char		hex[2 * DIGEST_SIZE + 1];
	Buf			scope;
	Buf			canonical;
	Buf			names;
	Buf			string;
	bool		ok;

	buf_init(&scope, SIGV4_TEXT_MAX);
	buf_init(&canonical, SIGV4_TEXT_MAX);
	buf_init(&names, SIGV4_TEXT_MAX);
	buf_init(&string, SIGV4_TEXT_MAX);
	ok = buf_printf(&scope, "%.*s/%s/%s/aws4_request", SIGV4_DAY, time, key->region,
					key->service) &&
		 sigv4_canonical(&canonical, request, &names) &&
		 sigv4_string(&string, &canonical, time, scope.data) &&
		 sigv4_signature(key, time, &string, hex) &&
		 buf_printf(authorization, "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s",
					SIGV4_ALGORITHM, key->access, scope.data, names.data, hex);
	buf_free(&scope);
	buf_free(&canonical);
	buf_free(&names);
	buf_free(&string);
	if (!ok)
		failure_set(failure, "could not sign a request to the object store");
	return ok;
}
