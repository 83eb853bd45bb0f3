/*
 * token.c
 *		The text of a context token (docs/formats.md), taken apart.
 *
 * Only the form is looked at; who made the token and for whom is context.c's. Nothing is allocated:
 * slices point into the text and into "decoded", which has room for as many bytes as the text has.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "token.h"

#define FIELD_COUNT 12

enum
{
	FIELD_VERSION, FIELD_KID, FIELD_TENANT, FIELD_DATABASE, FIELD_LOGIN, FIELD_ACTOR, FIELD_ROLES,
	FIELD_SCOPE, FIELD_EXPIRES, FIELD_EPOCH, FIELD_NONCE, FIELD_MAC
};

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Exactly twelve fields between dots. */
static bool
split(const char *string, TokenSlice fields[FIELD_COUNT])
{
	for (int i = 0; i < FIELD_COUNT; i++)
	{
		size_t		len = strcspn(string, ".");

		fields[i].data = string;
		fields[i].len = len;
		if ((string[len] == '\0') != (i == FIELD_COUNT - 1))
			return false;
		string += len + 1;
	}
	return true;
}

static bool
consists_of(TokenSlice field, const char *allowed, size_t min, size_t max)
{
	return field.len >= min && field.len <= max && strspn(field.data, allowed) >= field.len;
}

static int
hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static bool
parse_tenant(TokenSlice field, uint8 tenant[16])
{
	if (!consists_of(field, "0123456789abcdef", 32, 32))
		return false;
	for (int i = 0; i < 16; i++)
		tenant[i] = (uint8) (hex_digit(field.data[2 * i]) << 4 | hex_digit(field.data[2 * i + 1]));
	return true;
}

/* A decimal number without leading zeros, small enough to need no check for overflow. */
static bool
parse_number(TokenSlice field, int64 *number)
{
	if (!consists_of(field, "0123456789", 1, 15) || (field.len > 1 && field.data[0] == '0'))
		return false;
	*number = 0;
	for (size_t i = 0; i < field.len; i++)
		*number = *number * 10 + (field.data[i] - '0');
	return true;
}

/* Decodes onto *to and moves it. A byte NUL is refused: no name has one. */
static bool
decode(TokenSlice field, size_t min, TokenSlice *decoded, char **to)
{
	uint32		bits = 0;
	int			held = 0;

	if (!consists_of(field, base64url, min, TOKEN_MAX_SIZE) || field.len % 4 == 1)
		return false;
	decoded->data = *to;
	for (size_t i = 0; i < field.len; i++)
	{
		bits = bits << 6 | (uint32) (strchr(base64url, field.data[i]) - base64url);
		held += 6;
		if (held >= 8)
		{
			held -= 8;
			*(*to)++ = (char) (bits >> held);
		}
	}
	decoded->len = *to - decoded->data;
	return memchr(decoded->data, '\0', decoded->len) == NULL;
}

/* False when the text has not the form of a token. */
bool
token_parse(const char *string, Token *token, char *decoded)
{
	TokenSlice	fields[FIELD_COUNT];

	if (strlen(string) > TOKEN_MAX_SIZE || !split(string, fields))
		return false;
	token->kid = fields[FIELD_KID];
	token->mac = fields[FIELD_MAC];
	token->message.data = string;
	token->message.len = token->mac.data - 1 - string;
	return fields[FIELD_VERSION].len == 2 && memcmp(string, "v1", 2) == 0
		&& consists_of(token->kid, "abcdefghijklmnopqrstuvwxyz0123456789_-", 1, 32)
		&& parse_tenant(fields[FIELD_TENANT], token->tenant)
		&& decode(fields[FIELD_DATABASE], 1, &token->database, &decoded)
		&& decode(fields[FIELD_LOGIN], 1, &token->login, &decoded)
		&& decode(fields[FIELD_ACTOR], 1, &token->actor, &decoded)
		&& decode(fields[FIELD_ROLES], 0, &token->roles, &decoded)
		&& decode(fields[FIELD_SCOPE], 0, &token->scope, &decoded)
		&& parse_number(fields[FIELD_EXPIRES], &token->expires)
		&& parse_number(fields[FIELD_EPOCH], &token->epoch)
		&& consists_of(fields[FIELD_NONCE], "0123456789abcdef", 16, 16)
		&& consists_of(token->mac, base64url, TOKEN_MAC_SIZE, TOKEN_MAC_SIZE);
}

/* base64url of 32 bytes, without a final NUL. */
void
token_encode_mac(const uint8 mac[32], char encoded[TOKEN_MAC_SIZE])
{
	uint32		bits = 0;
	int			held = 0;
	int			len = 0;

	for (int i = 0; i < 32; i++)
	{
		bits = bits << 8 | mac[i];
		for (held += 8; held >= 6; held -= 6)
			encoded[len++] = base64url[bits >> (held - 6) & 0x3F];
	}
	encoded[len] = base64url[bits << (6 - held) & 0x3F];
}
