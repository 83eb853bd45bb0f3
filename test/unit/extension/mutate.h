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

/* A new block of exactly *len bytes, so that the sanitizer sees every byte read beyond; the caller frees it. */
static inline char *
mutate_text(const char *text, size_t *len, const char *alphabet)
{
	size_t		at = *len == 0 ? 0 : mutate_random() % *len;
	char		other = alphabet[mutate_random() % strlen(alphabet)];
	int			kind = (int) (mutate_random() % 4);
	size_t		old_len = *len;
	char	   *copy;

	*len = kind == 0 ? at : kind == 1 && old_len > 0 ? old_len - 1 : kind == 2 ? old_len + 1 : old_len;
	copy = malloc(*len + (*len == 0));
	if (copy == NULL)
		abort();
	if (kind == 2)
	{
		memcpy(copy, text, at);
		copy[at] = other;
		memcpy(copy + at + 1, text + at, old_len - at);
	}
	else if (kind == 1 && old_len > 0)
	{
		memcpy(copy, text, at);
		memcpy(copy + at, text + at + 1, old_len - at - 1);
	}
	else
	{
		memcpy(copy, text, *len);
		if (kind == 3 && *len > 0)
			copy[at] = other;
	}
	return copy;
}

#endif							/* PORTARIUM_TEST_MUTATE_H */
