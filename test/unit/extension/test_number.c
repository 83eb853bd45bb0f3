/*
 * test_number.c
 *		number.c: every power of two, random doubles, numbers near the changes of layout.
 *
 * Each text must read back as its double, and no shorter decimal may: the nearest of each shorter
 * length and both its neighbours are tried.
 *
 * SPDX-License-Identifier: PostgreSQL
 * /
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "check.h"
#include "mutate.h"
#include "number.h"

#define RANDOM_NUMBERS 20000

static int
count_digits(const char *number)
{
	char		digits[NUMBER_TEXT_SIZE];
	int			len = 0;

	for (; *number != '\0' && *number != 'e'; number++)
	{
		if (*number >= '0' && *number <= '9' && (len > 0 || *number != '0'))
			digits[len++] = *number;
	}
	while (len > 1 && digits[len - 1] == '0')
		len--;
	return len;
}

/* Does a decimal of this many digits read back? */
static bool
has_decimal(double value, int digits)
{
	char		printed[64];
	char		tried[64];
	char	   *exponent;
	uint64		mantissa;

	snprintf(printed, sizeof(printed), "%.*e", digits - 1, value);
	exponent = strchr(printed, 'e');
	*exponent = '\0';
	if (digits > 1)
		memmove(printed + 1, printed + 2, strlen(printed + 1));
	mantissa = strtoull(printed, NULL, 10);
	for (int step = -1; step <= 1; step++)
	{
		snprintf(tried, sizeof(tried), UINT64_FORMAT "e%ld", mantissa + step,
				 strtol(exponent + 1, NULL, 10) - (digits - 1));
		if (strtod(tried, NULL) == value)
			return true;
	}
	return false;
}

static bool
is_shortest(double value)
{
	char		number[NUMBER_TEXT_SIZE];
	int			len = number_write(value, number);

	if (len != (int) strlen(number) || strtod(number, NULL) != value)
		return false;
	for (int digits = 1; digits < count_digits(number); digits++)
	{
		if (has_decimal(fabs(value), digits))
			return false;
	}
	return true;
}

static double
random_double(void)
{
	double		value;

	do
	{
		uint64_t	bits = mutate_random();

		memcpy(&value, &bits, sizeof(value));
	} while (!isfinite(value) || value == 0);
	return value;
}

/* Where a midpoint between two doubles can be the shorter decimal: 2^53 to 1e41. */
static double
random_large(void)
{
	return ldexp((double) (mutate_random() >> 11), (int) (mutate_random() % 84));
}

static void
check_layouts(void)
{
	static const struct
	{
		double		value;
		const char *wanted;
	}			layouts[] = {
		{0, "0"}, {-0.0, "0"}, {1, "1"}, {-1.5, "-1.5"},
		{1e20, "100000000000000000000"}, {1e21, "1e+21"},
		{123456789012345680000.0, "123456789012345680000"}, {1e-6, "0.000001"}, {1e-7, "1e-7"},
		{1.5e-7, "1.5e-7"}, {5e-324, "5e-324"}, {DBL_MAX, "1.7976931348623157e+308"},
		{1e23, "1e+23"},
		{9007199254740993.0, "9007199254740992"}, {1424953923781206.25, "1424953923781206.2"},
	};

	for (size_t i = 0; i < lengthof(layouts); i++)
	{
		char		number[NUMBER_TEXT_SIZE];

		number_write(layouts[i].value, number);
		CHECK(layouts[i].wanted, strcmp(number, layouts[i].wanted) == 0);
	}
}

static void
check_integers(void)
{
	static const char *const integers[] = {
		"0", "-0", "0.0", "0e-9", "1", "1.0", "12e3", "1.25e2", "1200e-2", "1e99999999999999999999"
	};
	static const char *const others[] = {
		"1.5", "1e-1", "1210e-2", "1.25e1", "0.001e2", "1e-99999999999999999999"
	};

	for (size_t i = 0; i < lengthof(integers); i++)
		CHECK(integers[i], number_is_integer(integers[i], strlen(integers[i])));
	for (size_t i = 0; i < lengthof(others); i++)
		CHECK(others[i], !number_is_integer(others[i], strlen(others[i])));
}

int
main(void)
{
	bool		powers = true;
	bool		randoms = true;

	check_layouts();
	check_integers();
	for (int e = -1074; e <= 1023; e++)
		powers = powers && is_shortest(ldexp(1, e)) && is_shortest(-ldexp(1, e));
	CHECK("powers of two", powers);
	for (int i = 0; i < RANDOM_NUMBERS; i++)
		randoms = randoms && is_shortest(random_double()) && is_shortest(random_large());
	CHECK("random doubles", randoms);
	return check_close();
}
