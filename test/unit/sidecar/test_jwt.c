/*
 * test_jwt.c
 *		Bearer tokens signed here with each algorithm, and every reason to refuse one or its key.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "check.h"
#include "common/base64.h"
#include "common/digest.h"
#include "jwt.h"

#define NOW 1000000
#define TENANT "018F0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11"
#define SECRET "0123456789abcdef0123456789abcdef"

static char folder[] = "/tmp/portarium-token-XXXXXX";

static EVP_PKEY *rsa_key;
static EVP_PKEY *ec_key;

static const char *
path_of(const char *name)
{
	static char path[4][128];
	static int	next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static void
write_text(const char *name, const char *text, mode_t mode)
{
	FILE	   *file = fopen(path_of(name), "w");

	CHECK("file", file != NULL && fputs(text, file) >= 0 && fclose(file) == 0 &&
		  chmod(path_of(name), mode) == 0);
}

static void
write_public(const char *name, EVP_PKEY *key)
{
	FILE	   *file = fopen(path_of(name), "w");

	CHECK("public key", file != NULL && PEM_write_PUBKEY(file, key) == 1 && fclose(file) == 0);
}

static size_t
sign_public(EVP_PKEY *key, const char *text, unsigned char *signature, size_t size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	CHECK("signs", EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestSign(context, signature, &size, (const unsigned char *) text, strlen(text)) == 1);
	EVP_MD_CTX_free(context);
	return size;
}

/* DER to r and s side by side */
static size_t
flatten(unsigned char *signature, size_t len)
{
	const unsigned char *at = signature;
	ECDSA_SIG  *pair = d2i_ECDSA_SIG(NULL, &at, (long) len);
	unsigned char flat[64];

	CHECK("flattens", BN_bn2binpad(ECDSA_SIG_get0_r(pair), flat, 32) == 32 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(pair), flat + 32, 32) == 32);
	ECDSA_SIG_free(pair);
	memcpy(signature, flat, 64);
	return 64;
}

static size_t
sign(const char *how, const char *text, unsigned char *signature)
{
	if (strcmp(how, "rs") == 0)
		return sign_public(rsa_key, text, signature, 512);
	if (strcmp(how, "es") == 0)
		return flatten(signature, sign_public(ec_key, text, signature, 512));
	if (strcmp(how, "none") == 0)
		return 0;
	CHECK("hmac", digest_hmac_sha256(how, strlen(how), text, strlen(text), signature));
	return DIGEST_SIZE;
}

/* how: "rs", "es", "none", or an HMAC secret */
static const char *
make_jwt(const char *header, const char *claims, const char *how)
{
	static char token[16384];
	unsigned char signature[512];
	size_t		len = base64_encode(BASE64_URL, header, strlen(header), token);

	token[len++] = '.';
	len += base64_encode(BASE64_URL, claims, strlen(claims), token + len);
	token[len] = '\0';
	base64_encode(BASE64_URL, signature, sign(how, token, signature), token + len + 1);
	token[len] = '.';
	return token;
}

static JwtRules rules = {NULL, "portarium", "issuer"};

/* The SQLSTATE of the refusal, "" when the token is good. */
static const char *
verify(const char *token)
{
	static Failure failure;
	JwtClaims	claims;

	failure = (Failure) {"", ""};
	if (!jwt_verify(span_of(token), &rules, NOW, &claims, &failure))
	{
		CHECK("a refusal does not repeat the token", strstr(failure.message, token) == NULL);
		return failure.sqlstate;
	}
	jwt_claims_free(&claims);
	return "";
}

#define HS "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define BODY "\"aud\":\"portarium\",\"iss\":\"issuer\",\"sub\":\"ana\",\"tenant\":\"" TENANT "\""
#define GOOD "{" BODY ",\"exp\":1000100,\"roles\":[\"a\",\"b\"]}"

static void
check_jwt(const char *name, const char *header, const char *claims, const char *how, const char *code)
{
	CHECK(name, strcmp(verify(make_jwt(header, claims, how)), code) == 0);
}

static void
test_signatures(void)
{
	char		public_text[1024] = "";
	FILE	   *file = fopen(path_of("rsa.pem"), "r");

	CHECK("public key read", file != NULL && fread(public_text, 1, 1000, file) > 0 && fclose(file) == 0);
	check_jwt("HS256", HS, GOOD, SECRET, "");
	check_jwt("RS256", "{\"alg\":\"RS256\",\"kid\":\"r\"}", GOOD, "rs", "");
	check_jwt("ES256", "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", GOOD, "es", "");
	check_jwt("alg none", "{\"alg\":\"none\"}", GOOD, "none", "UP202");
	check_jwt("alg None", "{\"alg\":\"None\"}", GOOD, "none", "UP202");
	check_jwt("no signature", HS, GOOD, "none", "UP202");
	check_jwt("no alg", "{\"typ\":\"JWT\"}", GOOD, SECRET, "UP202");
	check_jwt("alg twice", "{\"alg\":\"none\",\"alg\":\"HS256\"}", GOOD, SECRET, "UP202");
	check_jwt("wrong secret", HS, GOOD, "another secret of thirty-two byte", "UP202");
	check_jwt("RSA key as secret", "{\"alg\":\"HS256\",\"kid\":\"r\"}", GOOD, public_text, "UP202");
	check_jwt("HS512", "{\"alg\":\"HS512\"}", GOOD, SECRET, "UP202");
	check_jwt("EC signature as RSA", "{\"alg\":\"RS256\",\"kid\":\"r\"}", GOOD, "es", "UP202");
	check_jwt("unknown kid of a named key", "{\"alg\":\"RS256\",\"kid\":\"x\"}", GOOD, "rs", "UP202");
	check_jwt("crit", "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", GOOD, SECRET, "UP202");
	check_jwt("type", "{\"alg\":\"HS256\",\"typ\":\"JWE\"}", GOOD, SECRET, "UP202");
}

static void
test_claims(void)
{
	check_jwt("expired", HS, "{" BODY ",\"exp\":1000000}", SECRET, "UP203");
	check_jwt("no exp", HS, "{" BODY "}", SECRET, "UP202");
	check_jwt("exp is text", HS, "{" BODY ",\"exp\":\"1000100\"}", SECRET, "UP202");
	check_jwt("exp is negative", HS, "{" BODY ",\"exp\":-1}", SECRET, "UP202");
	check_jwt("exp is huge", HS, "{" BODY ",\"exp\":1e300}", SECRET, "UP202");
	check_jwt("not yet", HS, "{" BODY ",\"exp\":1000100,\"nbf\":1000050}", SECRET, "UP202");
	check_jwt("issued in the future", HS, "{" BODY ",\"exp\":1000100,\"iat\":1000050}", SECRET, "UP202");
	check_jwt("issued long ago", HS, "{" BODY ",\"exp\":1000100,\"iat\":900000}", SECRET, "UP203");
	check_jwt("fine dates", HS, "{" BODY ",\"exp\":1000100.5,\"nbf\":1000003,\"iat\":999999}", SECRET, "");
	check_jwt("other audience", HS, "{\"aud\":\"x\",\"iss\":\"issuer\",\"sub\":\"a\",\"tenant\":\"" TENANT
			  "\",\"exp\":1000100}", SECRET, "UP202");
	check_jwt("no audience", HS, "{\"iss\":\"issuer\",\"sub\":\"a\",\"tenant\":\"" TENANT
			  "\",\"exp\":1000100}", SECRET, "UP202");
	check_jwt("one of several audiences", HS, "{\"aud\":[\"x\",\"portarium\"],\"iss\":\"issuer\",\"sub\":\"a\","
			  "\"tenant\":\"" TENANT "\",\"exp\":1000100}", SECRET, "");
	check_jwt("other issuer", HS, "{\"aud\":\"portarium\",\"iss\":\"x\",\"sub\":\"a\",\"tenant\":\"" TENANT
			  "\",\"exp\":1000100}", SECRET, "UP202");
	check_jwt("no sub", HS, "{\"aud\":\"portarium\",\"iss\":\"issuer\",\"tenant\":\"" TENANT
			  "\",\"exp\":1000100}", SECRET, "UP202");
	check_jwt("tenant is no uuid", HS, "{\"aud\":\"portarium\",\"iss\":\"issuer\",\"sub\":\"a\",\"tenant\":\"x\","
			  "\"exp\":1000100}", SECRET, "UP202");
	check_jwt("role with a comma", HS, "{" BODY ",\"exp\":1000100,\"roles\":[\"a,admin\"]}", SECRET, "UP202");
	check_jwt("roles are text", HS, "{" BODY ",\"exp\":1000100,\"roles\":\"admin\"}", SECRET, "UP202");
	check_jwt("scope is a number", HS, "{" BODY ",\"exp\":1000100,\"scope\":1}", SECRET, "UP202");
	check_jwt("claim twice", HS, "{" BODY ",\"exp\":1,\"exp\":1000100}", SECRET, "UP202");
	check_jwt("claims are a list", HS, "[]", SECRET, "UP202");
}

static void
test_shape(void)
{
	static const char *const texts[] = {"", ".", "..", "...", "a.b", "a.b.c.d", "e30.e30.e30", "e30.e30."};
	char	   *token = strdup(make_jwt(HS, GOOD, SECRET));
	char		huge[LIMIT_JWT + 2];
	JwtClaims	claims;
	Failure		failure;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		JwtClaims	none;

		CHECK(texts[i], !jwt_verify(span_of(texts[i]), &rules, NOW, &none, &failure) &&
			  strcmp(failure.sqlstate, "UP202") == 0);
	}
	memset(huge, 'a', sizeof(huge));
	CHECK("huge", !jwt_verify((Span) {huge, sizeof(huge)}, &rules, NOW, &claims, &failure));
	for (size_t i = 0; i < strlen(token); i++)
	{
		char		kept = token[i];

		token[i] = kept == 'A' ? 'B' : 'A';
		CHECK("one byte changed", strcmp(verify(token), "UP202") == 0);
		token[i] = kept;
	}
	CHECK("good", jwt_verify(span_of(token), &rules, NOW, &claims, &failure) &&
		  strcmp(claims.tenant, "018f0d3c7a107c3e9b1a2f6f5d0c4b11") == 0 &&
		  strcmp(claims.actor, "ana") == 0 && strcmp(claims.roles.data, "a,b") == 0 &&
		  claims.exp == 1000100);
	jwt_claims_free(&claims);
	free(token);
}

static bool
loads(const char *setting)
{
	Failure		failure;
	JwtKeys    *keys = jwtkeys_load(setting, &failure);

	jwtkeys_free(keys);
	return keys != NULL;
}

static void
test_keys(void)
{
	char		setting[256];
	static const char *const bad[] = {"", " ", "hs256", "hs256:/nonexistent", "md5:/x", "=hs256:/x"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(bad[i], !loads(bad[i]));
	write_text("short", "too short", 0600);
	write_text("open", SECRET, 0644);
	snprintf(setting, sizeof(setting), "hs256:%s", path_of("short"));
	CHECK("short secret", !loads(setting));
	snprintf(setting, sizeof(setting), "hs256:%s", path_of("open"));
	CHECK("secret that others can read", !loads(setting));
	snprintf(setting, sizeof(setting), "es256:%s", path_of("rsa.pem"));
	CHECK("RSA key for ES256", !loads(setting));
	snprintf(setting, sizeof(setting), "rs256:%s", path_of("ec.pem"));
	CHECK("EC key for RS256", !loads(setting));
	snprintf(setting, sizeof(setting), "rs256:%s", path_of("weak.pem"));
	CHECK("RSA of 1024 bits", !loads(setting));
	snprintf(setting, sizeof(setting), "es256:%s", path_of("p384.pem"));
	CHECK("another curve", !loads(setting));
}

static void
make_keys(char *setting, size_t size)
{
	EVP_PKEY   *weak = EVP_RSA_gen(1024);
	EVP_PKEY   *p384 = EVP_EC_gen("P-384");

	rsa_key = EVP_RSA_gen(2048);
	ec_key = EVP_EC_gen("P-256");
	write_public("rsa.pem", rsa_key);
	write_public("ec.pem", ec_key);
	write_public("weak.pem", weak);
	write_public("p384.pem", p384);
	write_text("hs", SECRET "\n", 0600);
	snprintf(setting, size, "hs256:%s r=rs256:%s es256:%s", path_of("hs"), path_of("rsa.pem"),
			 path_of("ec.pem"));
	EVP_PKEY_free(weak);
	EVP_PKEY_free(p384);
}

static void
remove_files(void)
{
	static const char *const names[] = {"hs", "short", "open", "rsa.pem", "ec.pem", "weak.pem", "p384.pem"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK("removed", unlink(path_of(names[i])) == 0);
	CHECK("removed", rmdir(folder) == 0);
}

int
main(void)
{
	char		setting[512];
	Failure		failure;
	JwtKeys    *keys;

	CHECK("folder", mkdtemp(folder) != NULL);
	make_keys(setting, sizeof(setting));
	keys = jwtkeys_load(setting, &failure);
	CHECK("keys", keys != NULL);
	rules.keys = keys;
	test_signatures();
	test_claims();
	test_shape();
	test_keys();
	jwtkeys_free(keys);
	EVP_PKEY_free(rsa_key);
	EVP_PKEY_free(ec_key);
	remove_files();
	return check_close();
}
