/*
 * token.h
 *		The text of a context token, taken apart.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_TOKEN_H
#define PORTARIUM_TOKEN_H

#define TOKEN_MAX_SIZE 4096
#define TOKEN_MAC_SIZE 43		/* base64url of 32 bytes */

/* A piece of the token's text, or of the bytes decoded from it. */
typedef struct TokenSlice
{
	const char *data;
	size_t		len;
} TokenSlice;

typedef struct Token
{
	TokenSlice	kid;
	uint8		tenant[16];
	TokenSlice	database;
	TokenSlice	login;
	TokenSlice	actor;
	TokenSlice	roles;			/* with commas between them */
	TokenSlice	scope;
	int64		expires;		/* Unix time in seconds */
	int64		epoch;
	TokenSlice	message;		/* what the MAC is over */
	TokenSlice	mac;			/* as it stands in the text */
} Token;

extern bool token_parse(const char *string, Token *token, char *decoded);
extern void token_encode_mac(const uint8 mac[32], char encoded[TOKEN_MAC_SIZE]);

#endif							/* PORTARIUM_TOKEN_H */
