/*
 * test_context.c
 *		Context tokens against the golden vectors, their key file, and the bounded cache of identities.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "check.h"
#include "common/hex.h"
#include "context.h"
#include "identity.h"

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void
join_roles(const json_t *roles, Buf *out)
{
	size_t		i;
	json_t	   *role;

	json_array_foreach(roles, i, role)
		CHECK("room", (i == 0 || buf_char(out, ',')) && buf_text(out, json_string_value(role)));
}

static void
check_vector(const json_t *vector, const unsigned char *key_bytes)
{
	ContextKey	key;
	char		tenant[33];
	size_t		len = 0;
	Buf			roles;
	Buf			token;
	ContextClaims claims = {tenant, member(vector, "database"), member(vector, "login"),
		member(vector, "actor"), NULL, member(vector, "scope"),
		json_integer_value(json_object_get(vector, "exp")),
	(int) json_integer_value(json_object_get(vector, "epoch"))};

	buf_init(&roles, 1000);
	buf_init(&token, 4096);
	join_roles(json_object_get(vector, "roles"), &roles);
	claims.roles = roles.data;
	snprintf(key.kid, sizeof(key.kid), "%s", member(vector, "kid"));
	memcpy(key.key, key_bytes, sizeof(key.key));
	for (const char *c = member(vector, "tenant"); *c != '\0'; c++)
		if (*c != '-')
			tenant[len++] = *c;
	tenant[len] = '\0';
	CHECK(member(vector, "name"),
		  context_mint_nonce(&key, &claims, member(vector, "nonce"), &token) &&
		  strcmp(token.data, member(vector, "token")) == 0);
	buf_free(&roles);
	buf_free(&token);
}

static void
test_vectors(void)
{
	json_t	   *document = json_load_file("../../vectors/token.json", 0, NULL);
	unsigned char key[32];
	size_t		i;
	json_t	   *vector;

	CHECK("vectors are there", document != NULL && hex_decode(member(document, "key"), key, 32));
	CHECK("there are some", json_array_size(json_object_get(document, "tokens")) > 0);
	json_array_foreach(json_object_get(document, "tokens"), i, vector)
		check_vector(vector, key);
	json_decref(document);
}

static void
test_context_key(void)
{
	static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	char		text[200];
	ContextKey	key;
	Failure		failure;

	snprintf(text, sizeof(text), "k_1-a %s", hex);
	CHECK("key", context_key_parse(text, &key, &failure) && strcmp(key.kid, "k_1-a") == 0 &&
		  key.key[31] == 0x1f);
	snprintf(text, sizeof(text), "K1 %s", hex);
	CHECK("upper-case key id", !context_key_parse(text, &key, &failure));
	snprintf(text, sizeof(text), "k1 %s0", hex);
	CHECK("too long", !context_key_parse(text, &key, &failure));
	CHECK("no key", !context_key_parse("k1", &key, &failure));
	CHECK("nothing", !context_key_parse("", &key, &failure));
}

static void
fill(Identities *identities, int number)
{
	unsigned char digest[DIGEST_SIZE] = {0};
	JwtClaims	claims = {.exp = number};

	memcpy(digest, &number, sizeof(number));
	buf_init(&claims.roles, 10);
	buf_init(&claims.scope, 10);
	identity_release(identities_add(identities, digest, &claims));
}

static bool
has(Identities *identities, int number)
{
	unsigned char digest[DIGEST_SIZE] = {0};
	Identity   *identity;

	memcpy(digest, &number, sizeof(number));
	identity = identities_find(identities, digest);
	identity_release(identity);
	return identity != NULL;
}

static void
test_cache(void)
{
	Identities	identities;
	Identity   *held;
	unsigned char digest[DIGEST_SIZE] = {1};

	CHECK("opens", identities_open(&identities, 4));
	for (int i = 1; i <= 4; i++)
		fill(&identities, i);
	CHECK("a hit", has(&identities, 1));
	fill(&identities, 5);
	CHECK("the used one stays, the oldest unused one goes", has(&identities, 1) && !has(&identities, 2));
	for (int i = 100; i < 1000; i++)
		fill(&identities, i);
	CHECK("bounded", identities.count == 4);
	fill(&identities, 1);
	held = identities_find(&identities, digest);
	identities_clear(&identities);
	CHECK("empty", identities.count == 0 && !has(&identities, 1));
	CHECK("what is held lives on", held != NULL && held->claims.exp == 1);
	identity_release(held);
	identities_close(&identities);
}

int
main(void)
{
	test_vectors();
	test_context_key();
	test_cache();
	return check_close();
}
