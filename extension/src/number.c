/*
 * number.c
 *		Numbers as ECMAScript writes them (Number::toString, which RFC 8785 prescribes).
 *
 * number_write takes the shortest digits from PostgreSQL's Ryu, makes them shorter where ECMAScript
 * allows more than Ryu does, and lays them out. No memory is allocated.
 *
 * Where the digits differ: Ryu as it is built here takes the shortest decimal strictly between the
 * midpoints to the double's neighbours. When the last bit of the double is even, a midpoint itself
 * reads back as the double, and it can be shorter: 1e23 lies on one. A midpoint is an odd number
 * times a power of two; for it to have 17 digits or fewer, that power and a power of ten must share
 * enough twos, which leaves 2^53 to 2^54 * 10^23.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include <limits.h>

#include "common/shortest_dec.h"
#include "number.h"

#define MAX_DIGITS 17
#define MAX_EXPONENT_SIZE 4		/* three digits and the final NUL */

/* 0.DIGITS * 10^point, no zero at either end of the digits. */
typedef struct Decimal
{
	int			point;
	int			len;
	char		digits[MAX_DIGITS + 2];
} Decimal;

static void
drop_last_zeros(Decimal *decimal)
{
	while (decimal->len > 1 && decimal->digits[decimal->len - 1] == '0')
		decimal->len--;
}

/* Ryu's output is digits with an optional point and exponent, of a positive number. */
static Decimal
decimal_from_text(const char *string)
{
	Decimal		decimal = {0};
	bool		in_fraction = false;

	for (; *string != '\0' && *string != 'e'; string++)
	{
		if (*string == '.')
			in_fraction = true;
		else if (decimal.len > 0 || *string != '0')
		{
			/* the zeros of a large number's end may not fit and need not */
			if (decimal.len < MAX_DIGITS)
				decimal.digits[decimal.len++] = *string;
			decimal.point += !in_fraction;
		}
		else
			decimal.point -= in_fraction;
	}
	if (*string == 'e')
		decimal.point += strtol(string + 1, NULL, 10);
	drop_last_zeros(&decimal);
	return decimal;
}

static bool
reads_back(uint64 digits, int exponent, double value)
{
	char		string[NUMBER_TEXT_SIZE + 16];

	snprintf(string, sizeof(string), UINT64_FORMAT "e%d", digits, exponent);
	return strtod(string, NULL) == value;
}

/* Tries both decimals around the value for each shorter length. */
static void
shorten(double value, Decimal *decimal)
{
	uint64		all = 0;
	uint64		unit = 1;

	for (int i = 0; i < decimal->len; i++)
	{
		all = all * 10 + (uint64) (decimal->digits[i] - '0');
		unit *= 10;
	}
	for (int len = 1; len < decimal->len; len++)
	{
		unit /= 10;
		for (uint64 candidate = all / unit; candidate <= all / unit + 1; candidate++)
		{
			if (!reads_back(candidate, decimal->point - len, value))
				continue;
			/* 99 and one is 100: a digit more, and the point behind it */
			decimal->point -= len;
			decimal->len = snprintf(decimal->digits, sizeof(decimal->digits), UINT64_FORMAT,
									candidate);
			decimal->point += decimal->len;
			drop_last_zeros(decimal);
			return;
		}
	}
}

static char *
put_zeros(char *to, int count)
{
	memset(to, '0', count);
	return to + count;
}

static char *
put_digits(char *to, const char *digits, int count)
{
	memcpy(to, digits, count);
	return to + count;
}

static char *
put_exponential(char *to, const Decimal *decimal)
{
	int			exponent = decimal->point - 1;

	*to++ = decimal->digits[0];
	if (decimal->len > 1)
	{
		*to++ = '.';
		to = put_digits(to, decimal->digits + 1, decimal->len - 1);
	}
	*to++ = 'e';
	*to++ = exponent < 0 ? '-' : '+';
	return to + snprintf(to, MAX_EXPONENT_SIZE, "%d", abs(exponent));
}

/* The four layouts of Number::toString. */
static char *
put_decimal(char *to, const Decimal *decimal)
{
	int			point = decimal->point;

	if (point > 21 || point < -5)
		return put_exponential(to, decimal);
	if (point >= decimal->len)
	{
		to = put_digits(to, decimal->digits, decimal->len);
		return put_zeros(to, point - decimal->len);
	}
	if (point > 0)
	{
		to = put_digits(to, decimal->digits, point);
		*to++ = '.';
		return put_digits(to, decimal->digits + point, decimal->len - point);
	}
	*to++ = '0';
	*to++ = '.';
	to = put_zeros(to, -point);
	return put_digits(to, decimal->digits, decimal->len);
}

/*
 * Is this JSON number an integer as it is written, whatever a double would make of it? Its last
 * digit that is not zero must not stand behind the point once the exponent has moved it. /
 */
bool
number_is_integer(const char *string, size_t len)
{
	long		whole_zeros = 0;	/* at the end of the whole part */
	long		places = 0;			/* behind the point so far */
	long		used_places = 0;	/* up to the last that is not zero */
	long		exponent = 0;
	bool		in_fraction = false;
	bool		is_zero = true;

	for (size_t i = 0; i < len; i++)
	{
		if (string[i] == '.')
			in_fraction = true;
		else if (string[i] == 'e' || string[i] == 'E')
		{
			/* further than the size of any text; strtol saturates */
			exponent = Max(Min(strtol(string + i + 1, NULL, 10), INT_MAX), -INT_MAX);
			break;
		}
		else if (string[i] != '-')
		{
			is_zero = is_zero && string[i] == '0';
			if (in_fraction)
			{
				places++;
				used_places = string[i] == '0' ? used_places : places;
			}
			else
				whole_zeros = string[i] == '0' ? whole_zeros + 1 : 0;
		}
	}
	return is_zero || exponent >= (used_places > 0 ? used_places : -whole_zeros);
}

/* Writes the number and returns its length. The value is finite. */
int
number_write(double value, char string[NUMBER_TEXT_SIZE])
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];
	char	   *to = string;
	Decimal		decimal;

	if (value == 0)
	{
		memcpy(string, "0", 2);
		return 1;
	}
	if (value < 0)
	{
		*to++ = '-';
		value = -value;
	}
	double_to_shortest_decimal_buf(value, digits);
	decimal = decimal_from_text(digits);
	if (value >= 9007199254740992.0 && value <= 1e41)
		shorten(value, &decimal);
	to = put_decimal(to, &decimal);
	*to = '\0';
	return to - string;
}
