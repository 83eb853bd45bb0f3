/*
 * hex.c: lower-case hexadecimal.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/hex.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

void
hex_encode(const void *bytes, size_t len, char *text)
{
	const unsigned char *in = bytes;

	for (size_t i = 0; i < len; i++)
	{
		text[2 * i] = hex_digits[in[i] >> 4];
		text[2 * i + 1] = hex_digits[in[i] & 15];
	}
	text[2 * len] = '\0';
}

static int
hex_value(char c)
{
	const char *at = c != '\0' ? strchr(hex_digits, c) : NULL;

	return at != NULL ? (int) (at - hex_digits) : -1;
}

bool
hex_decode(const char *text, unsigned char *bytes, size_t len)
{
	if (strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		int			high = hex_value(text[2 * i]);
		int			low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char) (high << 4 | low);
	}
	return true;
}
