/*
 * words.h
 *		Comparing texts by their bytes.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_WORDS_H
#define PORTARIUM_WORDS_H

#include "fmgr.h"

static inline bool
words_are_same(Datum left, Datum right)
{
	text	   *a = DatumGetTextPP(left);
	text	   *b = DatumGetTextPP(right);

	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b)
		&& memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static inline bool
word_is(Datum value, const char *wanted)
{
	text	   *given = DatumGetTextPP(value);

	return VARSIZE_ANY_EXHDR(given) == strlen(wanted)
		&& memcmp(VARDATA_ANY(given), wanted, strlen(wanted)) == 0;
}

#endif							/* PORTARIUM_WORDS_H */
