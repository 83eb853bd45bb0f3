/*
 * test_canonical.c
 *		canonical.c, jstring.c, members.c: the golden vectors, then damaged ones.
 *
 * Of a damaged text nothing is expected but this: it is refused, or what comes out is its own
 * canonical form.
 *
 * SPDX-License-Identifier: PostgreSQL
 * /
 */
#include "postgres.h"

#include "canonical.h"
#include "check.h"
#include "mutate.h"
#include "vectors.h"

#define ROUNDS 2000

static const CanonicalProfile json_profile = {.max_depth = 512,.integers = false};
static const CanonicalProfile entry_profile = {.max_depth = 32,.integers = true};

static const char *
code_of(CanonicalFault fault)
{
	switch (fault)
	{
		case CANONICAL_GOOD:
			return "";
		case CANONICAL_MALFORMED:
			return "UP001";
		case CANONICAL_DUPLICATE:
			return "UP003";
		case CANONICAL_INFINITE:
		case CANONICAL_NOT_INTEGER:
			return "UP004";
		case CANONICAL_TOO_DEEP:
			return "UP005";
	}
	return "?";
}

static CanonicalProfile
profile_of(json_t *vector)
{
	return strcmp(vectors_text(vector, "profile"), "entry") == 0 ? entry_profile : json_profile;
}

/* Runs over a copy without a byte behind it. */
static CanonicalFault
run(const char *text, size_t len, CanonicalProfile profile, StringInfo out)
{
	char	   *copy = malloc(len + (len == 0));
	CanonicalResult result;

	if (copy == NULL)
		abort();
	memcpy(copy, text, len);
	initStringInfo(out);
	result = canonical_write(copy, len, profile, out);
	free(copy);
	if (result.member != NULL)
		pfree(result.member);
	return result.fault;
}

static void
check_vector(json_t *vector)
{
	const char *input = vectors_text(vector, "input");
	const char *wanted = vectors_text(vector, "canonical");
	const char *error = vectors_text(vector, "error");
	StringInfoData out;
	CanonicalFault fault = run(input, strlen(input), profile_of(vector), &out);

	if (wanted != NULL)
		CHECK(vectors_text(vector, "name"),
			  fault == CANONICAL_GOOD && strcmp(out.data, wanted) == 0);
	else
		CHECK(vectors_text(vector, "name"), strcmp(code_of(fault), error) == 0);
	pfree(out.data);
}

static bool
is_fixed_point(const StringInfoData *first, CanonicalProfile profile)
{
	StringInfoData second;
	bool		same = run(first->data, first->len, profile, &second) == CANONICAL_GOOD
		&& second.len == first->len && memcmp(second.data, first->data, first->len) == 0;

	pfree(second.data);
	return same;
}

/* Damage upon damage, until the text is refused too often to be of interest. */
static bool
survives_damage(json_t *vector)
{
	static const char alphabet[] = "{}[]\",:\\u0dD8cC1eE+-.9tfn \x01\xef\xf0\x80";
	const char *input = vectors_text(vector, "input");
	CanonicalProfile profile = profile_of(vector);
	bool		good = true;

	for (int i = 0; i < ROUNDS && good; i++)
	{
		size_t		len = Min(strlen(input), 400);
		char	   *text = mutate_text(input, &len, alphabet);
		StringInfoData out;

		for (uint64_t more = mutate_random() % 3; more > 0; more--)
		{
			char	   *damaged = mutate_text(text, &len, alphabet);

			free(text);
			text = damaged;
		}
		if (run(text, len, profile, &out) == CANONICAL_GOOD)
			good = is_fixed_point(&out, profile);
		pfree(out.data);
		free(text);
	}
	return good;
}

int
main(void)
{
	json_t	   *vectors = vectors_load("canonical");
	size_t		i;
	json_t	   *vector;

	json_array_foreach(vectors, i, vector)
	{
		check_vector(vector);
		CHECK("damaged", survives_damage(vector));
	}
	json_decref(vectors);
	return check_close();
}
