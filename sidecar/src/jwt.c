/*
 * jwt.c: from a bearer token to verified claims.
 *
 * Passes: split and decode, pick the key by the header, check the signature, read the claims.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "jwt.h"

#include <ctype.h>
#include <stdio.h>

#include <jansson.h>

#include "common/base64.h"

#define LEEWAY_S 5				/* clocks differ: for nbf and iat only */
#define AGE_MAX_S 86400
#define ROLE_MAX 64

typedef struct Parts
{
	Span		header;
	Span		payload;
	Span		signature;
	Span		signed_text;	/* header.payload */
} Parts;

static bool
refuse(Failure *failure, const char *sqlstate, const char *why)
{
	failure_set_sqlstate(failure, sqlstate, "bearer token is refused: %s", why);
	return false;
}

static bool
split(Span token, Parts *parts)
{
	const char *end = token.at + token.len;
	const char *first = memchr(token.at, '.', token.len);
	const char *second = first == NULL ? NULL :
		memchr(first + 1, '.', (size_t) (end - first - 1));

	if (second == NULL || memchr(second + 1, '.', (size_t) (end - second - 1)) != NULL)
		return false;
	parts->header = (Span) {token.at, (size_t) (first - token.at)};
	parts->payload = (Span) {first + 1, (size_t) (second - first - 1)};
	parts->signature = (Span) {second + 1, (size_t) (end - second - 1)};
	parts->signed_text = (Span) {token.at, (size_t) (second - token.at)};
	return true;
}

/* The object in a base64url part, NULL when there is none. */
static json_t *
decode_object(Span part)
{
	unsigned char bytes[BASE64_BYTES_SIZE(LIMIT_JWT)];
	size_t		len;
	json_t	   *object;

	if (!base64_decode(BASE64_URL, part.at, part.len, bytes, &len))
		return NULL;
	object = json_loadb((const char *) bytes, len, JSON_REJECT_DUPLICATES, NULL);
	if (object != NULL && !json_is_object(object))
	{
		json_decref(object);
		return NULL;
	}
	return object;
}

static bool
check_signature(const Parts *parts, const JwtRules *rules, const json_t *header, Failure *failure)
{
	unsigned char signature[BASE64_BYTES_SIZE(LIMIT_JWT)];
	size_t		len;
	const char *type = json_string_value(json_object_get(header, "typ"));
	const JwtKey *key;

	if (json_object_get(header, "crit") != NULL)
		return refuse(failure, "UP202", "it has critical extensions");
	if (json_object_get(header, "typ") != NULL &&
		(type == NULL || (strcasecmp(type, "JWT") != 0 && strcasecmp(type, "at+jwt") != 0)))
		return refuse(failure, "UP202", "its type is not JWT");
	key = jwtkeys_pick(rules->keys, json_string_value(json_object_get(header, "kid")),
					   json_string_value(json_object_get(header, "alg")));
	if (key == NULL)
		return refuse(failure, "UP202", "no key for its algorithm and key id");
	if (!base64_decode(BASE64_URL, parts->signature.at, parts->signature.len, signature, &len) ||
		!jwtkey_verify(key, parts->signed_text, signature, len))
		return refuse(failure, "UP202", "its signature does not verify");
	return true;
}

/* A NumericDate; false when the claim is there and is none. */
static bool
read_date(const json_t *claims, const char *name, int64_t *date, bool *present)
{
	const json_t *value = json_object_get(claims, name);
	double		seconds = json_number_value(value);

	*present = value != NULL;
	if (value != NULL && (!json_is_number(value) || seconds < 0 || seconds > 9e15))
		return false;
	*date = (int64_t) seconds;
	return true;
}

static bool
check_dates(const json_t *object, int64_t now, JwtClaims *claims, Failure *failure)
{
	int64_t		nbf;
	int64_t		iat;
	bool		has_exp;
	bool		has_nbf;
	bool		has_iat;

	if (!read_date(object, "exp", &claims->exp, &has_exp) ||
		!read_date(object, "nbf", &nbf, &has_nbf) || !read_date(object, "iat", &iat, &has_iat))
		return refuse(failure, "UP202", "a date in it is not a number of seconds");
	if (!has_exp)
		return refuse(failure, "UP202", "it has no exp");
	if (now >= claims->exp)
		return refuse(failure, "UP203", "it has expired");
	if ((has_nbf && now + LEEWAY_S < nbf) || (has_iat && now + LEEWAY_S < iat))
		return refuse(failure, "UP202", "it is not valid yet");
	if (has_iat && now - iat > AGE_MAX_S)
		return refuse(failure, "UP203", "it was issued more than a day ago");
	return true;
}

static bool
has_audience(const json_t *aud, const char *audience)
{
	size_t		i;
	json_t	   *one;

	if (json_is_string(aud))
		return strcmp(json_string_value(aud), audience) == 0;
	json_array_foreach(aud, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), audience) == 0)
			return true;
	return false;
}

static bool
check_parties(const json_t *object, const JwtRules *rules, Failure *failure)
{
	const char *issuer = json_string_value(json_object_get(object, "iss"));

	if (rules->audience != NULL && !has_audience(json_object_get(object, "aud"), rules->audience))
		return refuse(failure, "UP202", "it is for another audience");
	if (rules->issuer != NULL && (issuer == NULL || strcmp(issuer, rules->issuer) != 0))
		return refuse(failure, "UP202", "it is from another issuer");
	return true;
}

/* 8-4-4-4-12 hexadecimal digits in either case become 32 in lower case. */
static bool
read_tenant(const char *text, char tenant[33])
{
	size_t		out = 0;

	if (text == NULL || strlen(text) != 36)
		return false;
	for (size_t i = 0; i < 36; i++)
	{
		bool		dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return false;
		if (!dash)
			tenant[out++] = (char) tolower((unsigned char) text[i]);
	}
	tenant[out] = '\0';
	return true;
}

static bool
is_role(const char *role)
{
	size_t		len = role == NULL ? 0 : strlen(role);

	if (len == 0 || len > ROLE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char) role[i]) && strchr("_.:-", role[i]) == NULL)
			return false;
	return true;
}

static bool
read_roles(const json_t *roles, Buf *out)
{
	size_t		i;
	json_t	   *role;

	if (roles == NULL)
		return true;
	if (!json_is_array(roles) || json_array_size(roles) > LIMIT_ROLES)
		return false;
	json_array_foreach(roles, i, role)
	{
		if (!is_role(json_string_value(role)) || (i > 0 && !buf_char(out, ',')) ||
			!buf_text(out, json_string_value(role)))
			return false;
	}
	return true;
}

static bool
read_identity(const json_t *object, JwtClaims *claims, Failure *failure)
{
	const char *actor = json_string_value(json_object_get(object, "sub"));
	const json_t *scope = json_object_get(object, "scope");

	if (actor == NULL || actor[0] == '\0' || strlen(actor) > LIMIT_ACTOR)
		return refuse(failure, "UP202", "its sub is missing or too long");
	snprintf(claims->actor, sizeof(claims->actor), "%s", actor);
	if (!read_tenant(json_string_value(json_object_get(object, "tenant")), claims->tenant))
		return refuse(failure, "UP202", "its tenant is missing or not a uuid");
	if (!read_roles(json_object_get(object, "roles"), &claims->roles))
		return refuse(failure, "UP202", "its roles are not a list of names");
	if (scope != NULL &&
		(!json_is_string(scope) || !buf_text(&claims->scope, json_string_value(scope))))
		return refuse(failure, "UP202", "its scope is not text or too long");
	return true;
}

bool
jwt_verify(Span token, const JwtRules *rules, int64_t now, JwtClaims *claims, Failure *failure)
{
	Parts		parts;
	json_t	   *header = NULL;
	json_t	   *object = NULL;
	bool		valid = false;

	buf_init(&claims->roles, LIMIT_ROLES_TEXT);
	buf_init(&claims->scope, LIMIT_SCOPE_TEXT);
	if (token.len > LIMIT_JWT || !split(token, &parts) ||
		(header = decode_object(parts.header)) == NULL)
		refuse(failure, "UP202", "it is not a JWT");
	else if (check_signature(&parts, rules, header, failure))
	{
		object = decode_object(parts.payload);
		valid = object != NULL ? check_dates(object, now, claims, failure) &&
			check_parties(object, rules, failure) &&
			read_identity(object, claims, failure) :
			refuse(failure, "UP202", "its claims are not a JSON object");
	}
	json_decref(header);
	json_decref(object);
	if (!valid)
		jwt_claims_free(claims);
	return valid;
}

void
jwt_claims_free(JwtClaims *claims)
{
	buf_free(&claims->roles);
	buf_free(&claims->scope);
}
