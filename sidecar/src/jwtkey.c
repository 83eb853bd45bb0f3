/*
 * jwtkey.c: loading the keys of JWTs and checking signatures with OpenSSL.
 *
 * A key that is too weak is refused when it is loaded: HMAC secrets under 32 bytes, RSA under 2048
 * bits, curves other than P-256.  Secrets are wiped when the set is released.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "jwtkey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/digest.h"
#include "common/secret.h"
#include "maxima.h"

#define HS256_SECRET_MIN 32
#define RS256_BITS_MIN 2048
#define ES256_HALF ((size_t) 32)

typedef enum JwtAlg
{
	JWT_HS256,
	JWT_RS256,
	JWT_ES256
} JwtAlg;

/* What a token's header calls the algorithm, and what the setting calls it. */
static const struct
{
	const char *header;
	const char *setting;
}			alg_names[] = {
	[JWT_HS256] = {"HS256", "hs256"},
	[JWT_RS256] = {"RS256", "rs256"},
	[JWT_ES256] = {"ES256", "es256"},
};

struct JwtKey
{
	char		kid[64];		/* empty: any token of the algorithm */
	JwtAlg		alg;
	char	   *secret;			/* HS256 */
	EVP_PKEY   *public_key;		/* RS256, ES256 */
};

struct JwtKeys
{
	JwtKey		keys[LIMIT_JWT_KEYS];
	size_t		count;
};

static bool
load_secret(JwtKey *key, const char *path, Failure *failure)
{
	key->secret = secret_read(AT_FDCWD, path, 4096, failure);
	if (key->secret == NULL)
		return false;
	if (strlen(key->secret) < HS256_SECRET_MIN)
	{
		failure_set(failure, "the HS256 secret in \"%s\" has fewer than %d bytes", path,
					HS256_SECRET_MIN);
		return false;
	}
	return true;
}

static bool
is_p256(const EVP_PKEY *public_key)
{
	char		group[32];
	size_t		len;

	return EVP_PKEY_get_group_name(public_key, group, sizeof(group), &len) == 1 &&
		strcmp(group, "prime256v1") == 0;
}

static bool
load_public(JwtKey *key, const char *path, Failure *failure)
{
	FILE	   *file = fopen(path, "re");

	if (file == NULL)
	{
		failure_set(failure, "could not open \"%s\": %s", path, strerror(errno));
		return false;
	}
	key->public_key = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	fclose(file);
	if (key->public_key == NULL)
	{
		failure_set(failure, "\"%s\" holds no public key in PEM form", path);
		return false;
	}
	if (key->alg == JWT_RS256 ? !EVP_PKEY_is_a(key->public_key, "RSA") ||
		EVP_PKEY_get_bits(key->public_key) < RS256_BITS_MIN :
		!EVP_PKEY_is_a(key->public_key, "EC") || !is_p256(key->public_key))
	{
		failure_set(failure, "the key in \"%s\" does not fit %s", path,
					alg_names[key->alg].header);
		return false;
	}
	return true;
}

/* One entry of the setting: [kid=]alg:path, in text that may be cut. */
static bool
load_key(JwtKey *key, char *entry, Failure *failure)
{
	char	   *path = strchr(entry, ':');
	char	   *alg = entry;
	char	   *equals;
	size_t		i = 0;

	*key = (JwtKey) {.kid = ""};
	if (path != NULL)
		*path++ = '\0';
	equals = strchr(entry, '=');
	if (equals != NULL)
	{
		*equals = '\0';
		alg = equals + 1;
		if (snprintf(key->kid, sizeof(key->kid), "%s", entry) >= (int) sizeof(key->kid))
			path = NULL;
	}
	while (i < 3 && strcmp(alg, alg_names[i].setting) != 0)
		i++;
	if (path == NULL || i == 3)
	{
		failure_set(failure, "an entry of JWT_KEYS is not [kid=]hs256|rs256|es256:path");
		return false;
	}
	key->alg = (JwtAlg) i;
	return key->alg == JWT_HS256 ? load_secret(key, path, failure) :
		load_public(key, path, failure);
}

static bool
load_all(JwtKeys *keys, char *setting, Failure *failure)
{
	char	   *rest;

	for (char *entry = strtok_r(setting, " ", &rest); entry != NULL;
		 entry = strtok_r(NULL, " ", &rest))
	{
		if (keys->count == LIMIT_JWT_KEYS)
		{
			failure_set(failure, "JWT_KEYS names more than %d keys", LIMIT_JWT_KEYS);
			return false;
		}
		/* counted first, so that a half-loaded key is released too */
		if (!load_key(&keys->keys[keys->count++], entry, failure))
			return false;
	}
	if (keys->count == 0)
		failure_set(failure, "JWT_KEYS names no key");
	return keys->count > 0;
}

JwtKeys *
jwtkeys_load(const char *setting, Failure *failure)
{
	JwtKeys    *keys = calloc(1, sizeof(JwtKeys));
	char	   *copy = strdup(setting);
	bool		loaded = false;

	if (keys == NULL || copy == NULL)
		failure_set(failure, "out of memory");
	else
		loaded = load_all(keys, copy, failure);
	free(copy);
	if (loaded)
		return keys;
	jwtkeys_free(keys);
	return NULL;
}

void
jwtkeys_free(JwtKeys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++)
	{
		secret_free(keys->keys[i].secret);
		EVP_PKEY_free(keys->keys[i].public_key);
	}
	free(keys);
}

const JwtKey *
jwtkeys_pick(const JwtKeys *keys, const char *kid, const char *alg)
{
	const JwtKey *unnamed = NULL;
	int			unnamed_count = 0;

	for (size_t i = 0; i < keys->count && alg != NULL; i++)
	{
		const JwtKey *key = &keys->keys[i];

		if (strcmp(alg_names[key->alg].header, alg) != 0)
			continue;
		if (kid != NULL && key->kid[0] != '\0' && strcmp(key->kid, kid) == 0)
			return key;
		if (key->kid[0] == '\0' || kid == NULL)
		{
			unnamed = key;
			unnamed_count++;
		}
	}
	return unnamed_count == 1 ? unnamed : NULL;
}

static bool
verify_hmac(const JwtKey *key, Span text, const unsigned char *signature, size_t len)
{
	unsigned char mac[DIGEST_SIZE];

	return len == DIGEST_SIZE &&
		digest_hmac_sha256(key->secret, strlen(key->secret), text.at, text.len, mac) &&
		digest_equal(mac, signature);
}

static bool
verify_public(const JwtKey *key, Span text, const unsigned char *signature, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		valid = context != NULL &&
		EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->public_key) == 1 &&
		EVP_DigestVerify(context, signature, len, (const unsigned char *) text.at, text.len) == 1;

	EVP_MD_CTX_free(context);
	return valid;
}

/* A JWT holds r and s side by side, 32 bytes each; OpenSSL wants them in DER. */
static bool
verify_ecdsa(const JwtKey *key, Span text, const unsigned char *signature)
{
	ECDSA_SIG  *pair = ECDSA_SIG_new();
	BIGNUM	   *r = BN_bin2bn(signature, (int) ES256_HALF, NULL);
	BIGNUM	   *s = BN_bin2bn(signature + ES256_HALF, (int) ES256_HALF, NULL);
	unsigned char *der = NULL;
	int			der_len = 0;
	bool		valid;

	if (pair != NULL && r != NULL && s != NULL &&
		ECDSA_SIG_set0(pair, r, s) == 1)
	{
		r = s = NULL;			/* the pair owns them now */
		der_len = i2d_ECDSA_SIG(pair, &der);
	}
	valid = der_len > 0 && verify_public(key, text, der, (size_t) der_len);
	OPENSSL_free(der);
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return valid;
}

bool
jwtkey_verify(const JwtKey *key, Span text, const unsigned char *signature, size_t signature_len)
{
	switch (key->alg)
	{
		case JWT_HS256:
			return verify_hmac(key, text, signature, signature_len);
		case JWT_RS256:
			return verify_public(key, text, signature, signature_len);
		case JWT_ES256:
			return signature_len == 2 * ES256_HALF &&
				verify_ecdsa(key, text, signature);
	}
	return false;
}
