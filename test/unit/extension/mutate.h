/*
 * mutate.h
 *		Damaging a text at random, the same way in every run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_TEST_MUTATE_H
#define PORTARIUM_TEST_MUTATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mutate_state = 88172645463325252ULL;

/* xorshift64 */
static inline uint64_t
mutate_random(void)
{
	mutate_state ^= mutate_state << 13;
	mutate_state ^= mutate_state >> 7;
	mutate_state ^= mutate_state << 17;
	return mutate_state;
}

/*
 * Cuts the text off, takes a byte out, puts one in, or changes one, and *len with it. Returns a new
 * block, which the caller frees.
 */
static inline char *
mutate_text(const char *text, size_t *len, const char *alphabet)
{
	size_t		at = *len == 0 ? 0 : mutate_random() % *len;
	size_t		drop = 0;
	size_t		put = 0;
	size_t		rest;
	char	   *copy;

	switch (mutate_random() % 4)
	{
		case 0:
			drop = *len - at;
			break;
		case 1:
			drop = *len > 0;
			break;
		case 2:
			put = 1;
			break;
		default:
			drop = *len > 0;
			put = drop;
			break;
	}
	rest = *len - at - drop;
	copy = malloc(at + put + rest + 1);
	if (copy == NULL)
		abort();
	memcpy(copy, text, at);
	memset(copy + at, alphabet[mutate_random() % strlen(alphabet)], put);
	memcpy(copy + at + put, text + at + drop, rest);
	*len = at + put + rest;
	return copy;
}

#endif							/* PORTARIUM_TEST_MUTATE_H */
