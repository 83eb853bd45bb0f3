/*
 * base64.c: standard base64 with padding, and base64url without.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/base64.h"

#include <stdint.h>
#include <string.h>

static const char *const base64_alphabet[] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

size_t
base64_encode(Base64Kind kind, const void *bytes, size_t len, char *text)
{
	const unsigned char *in = bytes;
	const char *alphabet = base64_alphabet[kind];
	size_t		out = 0;

	for (size_t i = 0; i < len; i += 3)
	{
		size_t		left = len - i;
		uint32_t	group = (uint32_t) in[i] << 16;

		if (left > 1)
			group |= (uint32_t) in[i + 1] << 8;
		if (left > 2)
			group |= in[i + 2];

		text[out++] = alphabet[group >> 18];
		text[out++] = alphabet[group >> 12 & 63];
		if (left > 1)
			text[out++] = alphabet[group >> 6 & 63];
		else if (kind == BASE64_STANDARD)
			text[out++] = '=';
		if (left > 2)
			text[out++] = alphabet[group & 63];
		else if (kind == BASE64_STANDARD)
			text[out++] = '=';
	}
	text[out] = '\0';
	return out;
}

/* The value of one character, -1 when it is not of the alphabet. */
static int
base64_value(Base64Kind kind, char c)
{
	const char *at = c != '\0' ? strchr(base64_alphabet[kind], c) : NULL;

	return at != NULL ? (int) (at - base64_alphabet[kind]) : -1;
}

/* Takes the padding off; false when a standard text is not padded to whole groups. */
static bool
base64_strip(Base64Kind kind, const char *text, size_t *len)
{
	if (kind == BASE64_URL)
		return *len % 4 != 1;
	if (*len % 4 != 0)
		return false;
	for (int i = 0; i < 2 && *len > 0 && text[*len - 1] == '='; i++)
		(*len)--;
	return true;
}

bool
base64_decode(Base64Kind kind, const char *text, size_t len, unsigned char *bytes,
			  size_t *bytes_len)
{
	uint32_t	bits = 0;
	int			held = 0;
	size_t		out = 0;

	if (!base64_strip(kind, text, &len))
		return false;

	for (size_t i = 0; i < len; i++)
	{
		int			value = base64_value(kind, text[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t) value;
		held += 6;
		if (held >= 8)
		{
			held -= 8;
			bytes[out++] = (unsigned char) (bits >> held);
			bits &= (1u << held) - 1;
		}
	}
	*bytes_len = out;
	return bits == 0 && held < 6;
}
