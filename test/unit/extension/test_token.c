/*
 * test_token.c
 *		token.c: the golden tokens, and damaged ones.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "check.h"
#include "mutate.h"
#include "token.h"
#include "vectors.h"

#define ROUNDS 20000

static bool
slice_is(TokenSlice slice, const char *wanted)
{
	return slice.len == strlen(wanted) && memcmp(slice.data, wanted, slice.len) == 0;
}

static bool
roles_are(TokenSlice slice, json_t *roles)
{
	char		joined[256] = "";
	size_t		i;
	json_t	   *role;

	json_array_foreach(roles, i, role)
	{
		size_t		len = strlen(joined);

		snprintf(joined + len, sizeof(joined) - len, "%s%s", i == 0 ? "" : ",",
				 json_string_value(role));
	}
	return slice_is(slice, joined);
}

static bool
fields_are(const Token *token, json_t *vector)
{
	return slice_is(token->kid, vectors_text(vector, "kid"))
		&& slice_is(token->database, vectors_text(vector, "database"))
		&& slice_is(token->login, vectors_text(vector, "login"))
		&& slice_is(token->actor, vectors_text(vector, "actor"))
		&& slice_is(token->scope, vectors_text(vector, "scope"))
		&& slice_is(token->message, vectors_text(vector, "message"))
		&& roles_are(token->roles, json_object_get(vector, "roles"))
		&& token->expires == json_integer_value(json_object_get(vector, "exp"))
		&& token->epoch == json_integer_value(json_object_get(vector, "epoch"));
}

static void
check_token(json_t *vector)
{
	const char *string = vectors_text(vector, "token");
	char	   *decoded = malloc(strlen(string));
	Token		token;
	uint8		mac[32];
	char		encoded[TOKEN_MAC_SIZE];

	CHECK(vectors_text(vector, "name"),
		  token_parse(string, &token, decoded) && fields_are(&token, vector));
	vectors_bytes(vectors_text(vector, "mac"), mac, sizeof(mac));
	token_encode_mac(mac, encoded);
	CHECK("MAC",
		  token.mac.len == TOKEN_MAC_SIZE && memcmp(encoded, token.mac.data, TOKEN_MAC_SIZE) == 0);
	free(decoded);
}

/*
 * What is damaged is refused or still has a MAC behind its last dot; decoding stays within its
 * room.
 */
static bool
survives_damage(const char *string)
{
	for (int i = 0; i < ROUNDS; i++)
	{
		size_t		len = strlen(string);
		char	   *text = mutate_text(string, &len, "v1.aAzZ09_-=+/\x80 ");
		char	   *damaged = strndup(text, len);
		char	   *decoded = malloc(strlen(damaged) + 1);
		Token		token;
		bool		good = !token_parse(damaged, &token, decoded)
			|| (token.mac.len == TOKEN_MAC_SIZE && token.mac.data[-1] == '.'
				&& token.message.len + 1 + TOKEN_MAC_SIZE == strlen(damaged));

		free(decoded);
		free(damaged);
		free(text);
		if (!good)
			return false;
	}
	return true;
}

static void
check_sizes(void)
{
	char	   *string = malloc(TOKEN_MAX_SIZE + 2);
	char	   *decoded = malloc(TOKEN_MAX_SIZE + 2);
	Token		token;

	memset(string, 'a', TOKEN_MAX_SIZE + 1);
	string[TOKEN_MAX_SIZE + 1] = '\0';
	CHECK("too long", !token_parse(string, &token, decoded));
	CHECK("empty", !token_parse("", &token, decoded));
	CHECK("dots", !token_parse("...........", &token, decoded));
	free(decoded);
	free(string);
}

int
main(void)
{
	json_t	   *vectors = vectors_load("token");
	size_t		i;
	json_t	   *vector;

	json_array_foreach(json_object_get(vectors, "tokens"), i, vector)
	{
		check_token(vector);
		CHECK("damaged", survives_damage(vectors_text(vector, "token")));
	}
	check_sizes();
	json_decref(vectors);
	return check_close();
}
