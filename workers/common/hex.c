/*
 * hex.c: lower-case hexadecimal.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/hex.h"

#include <limits.h>
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

/* One more than the digit's value; 0 for what is no digit. */
static const signed char hex_values[UCHAR_MAX + 1] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16
};

bool
hex_decode(const char *text, unsigned char *bytes, size_t len)
{
	int			all = 0;

	if (strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		const int	high = hex_values[(unsigned char) text[2 * i]] - 1;
		const int	low = hex_values[(unsigned char) text[2 * i + 1]] - 1;

		all |= high | low;
		bytes[i] = (unsigned char) (high * 16 + low);
	}
	return all >= 0;
}
