/*
 * vectors.h
 *		Reading the golden vectors of test/vectors.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_TEST_VECTORS_H
#define PORTARIUM_TEST_VECTORS_H

#include <jansson.h>

static inline json_t *
vectors_load(const char *name)
{
	char		path[1024];
	json_error_t error;
	json_t	   *vectors;

	snprintf(path, sizeof(path), "%s/%s.json", VECTORS, name);
	vectors = json_load_file(path, 0, &error);
	if (vectors == NULL)
	{
		printf("could not read \"%s\": %s\n", path, error.text);
		exit(1);
	}
	return vectors;
}

/* A member's text; NULL when there is none. */
static inline const char *
vectors_text(json_t *vector, const char *member)
{
	return json_string_value(json_object_get(vector, member));
}

/* The bytes of a member in hex; returns how many. */
static inline size_t
vectors_bytes(const char *hex, unsigned char *bytes, size_t room)
{
	size_t		len = strlen(hex) / 2;

	if (len > room)
		abort();
	for (size_t i = 0; i < len; i++)
	{
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			abort();
		bytes[i] = (unsigned char) byte;
	}
	return len;
}

#endif							/* PORTARIUM_TEST_VECTORS_H */
