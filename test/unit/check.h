/*
 * check.h
 *		Checks for C unit tests.
 *
 * A test program calls CHECK(name, condition) as often as it likes and returns check_close() from
 * main. A failed check prints where it is and the program goes on; check_close prints the closing
 * line that test/suite/unit.sh sums up.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_CHECK_H
#define PORTARIUM_CHECK_H

#include <stdbool.h>
#include <stdio.h>

static int	check_passed;
static int	check_failed;

#define CHECK(name, condition) check_record((condition), (name), __FILE__, __LINE__)

static inline bool
check_record(bool good, const char *name, const char *file, int line)
{
	if (good)
		check_passed++;
	else
	{
		check_failed++;
		printf("FAILED   %s (%s:%d)\n", name, file, line);
	}
	return good;
}

static inline int
check_close(void)
{
	printf("%d passed, %d failed, 0 skipped\n", check_passed, check_failed);
	return check_failed == 0 && check_passed > 0 ? 0 : 1;
}

#endif							/* PORTARIUM_CHECK_H */
