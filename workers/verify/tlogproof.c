/*
 * tlogproof.c: the proof of one entry as text (C2SP tlog-proof), read into one object.
 *
 *     c2sp.org/tlog-proof@v1
 *     extra eyJlbnRyeSI6…               portarium-proof/1
 *     index 42                          of the meta leaf
 *     Rb0v…=                            its inclusion proof, a hash a line
 *                                       an empty line
 *     portarium.local/7301/app          the checkpoint, to the end
 *     …
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/tlogproof.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/digest.h"
#include "common/hex.h"

#define TLOGPROOF_HEAD "c2sp.org/tlog-proof@v1\n"
#define TLOGPROOF_HASHES_MAX 63

/* Is this word next?  Then the reader stands behind it. */
static bool
tlogproof_word(const char **at, const char *word)
{
	const size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* The JSON object in the rest of the line. */
static json_t *
tlogproof_extra(const char **at)
{
	const size_t len = strcspn(*at, "\n");
	unsigned char *bytes = malloc(BASE64_BYTES_SIZE(len) + 1);
	json_t	   *object = NULL;
	json_error_t error;
	size_t		n;

	if (bytes != NULL && (*at)[len] == '\n' &&
		base64_decode(BASE64_STANDARD, *at, len, bytes, &n))
		object = json_loadb((const char *) bytes, n, JSON_REJECT_DUPLICATES, &error);
	free(bytes);
	*at += len;
	return object;
}

/* Decimal, with one form for each number. */
static json_t *
tlogproof_index(const char **at)
{
	char	   *end;
	long long	value;

	if (**at < '0' || **at > '9' || (**at == '0' && (*at)[1] != '\n'))
		return NULL;
	value = strtoll(*at, &end, 10);
	if (*end != '\n' || end - *at > 18)
		return NULL;
	*at = end;
	return json_integer(value);
}

/* The hashes up to the empty line, in hex. */
static json_t *
tlogproof_hashes(const char **at)
{
	json_t	   *list = json_array();

	while (list != NULL && **at != '\n')
	{
		const size_t len = strcspn(*at, "\n");
		unsigned char bytes[BASE64_BYTES_SIZE(BASE64_TEXT_SIZE(DIGEST_SIZE))];
		char		hex[2 * DIGEST_SIZE + 1];
		size_t		n;

		if (len != BASE64_TEXT_SIZE(DIGEST_SIZE) - 1 || (*at)[len] != '\n' ||
			json_array_size(list) == TLOGPROOF_HASHES_MAX ||
			!base64_decode(BASE64_STANDARD, *at, len, bytes, &n) || n != DIGEST_SIZE)
		{
			json_decref(list);
			return NULL;
		}
		hex_encode(bytes, DIGEST_SIZE, hex);
		if (json_array_append_new(list, json_string(hex)) != 0)
		{
			json_decref(list);
			return NULL;
		}
		*at += len + 1;
	}
	return list;
}

/* The lines behind "extra", put into its object. */
static bool
tlogproof_rest(const char *at, json_t *object)
{
	json_t	   *meta = json_object_get(object, "meta");
	json_t	   *index;
	json_t	   *hashes;

	if (!json_is_object(meta) || json_object_get(meta, "index") != NULL ||
		json_object_get(meta, "proof") != NULL || json_object_get(object, "checkpoint") != NULL ||
		json_object_set_new(meta, "type", json_string("meta")) != 0 ||
		!tlogproof_word(&at, "\nindex "))
		return false;
	index = tlogproof_index(&at);
	if (index == NULL || json_object_set_new(meta, "index", index) != 0 ||
		!tlogproof_word(&at, "\n"))
		return false;
	hashes = tlogproof_hashes(&at);
	return hashes != NULL && json_object_set_new(meta, "proof", hashes) == 0 &&
		json_object_set_new(object, "checkpoint", json_string(at + 1)) == 0;
}

json_t *
tlogproof_read(const char *text, size_t len, Failure *failure)
{
	const char *at = text;
	json_t	   *object = NULL;

	if (strlen(text) == len && tlogproof_word(&at, TLOGPROOF_HEAD) &&
		tlogproof_word(&at, "extra "))
		object = tlogproof_extra(&at);
	if (json_is_object(object) && tlogproof_rest(at, object))
		return object;
	json_decref(object);
	failure_set(failure, "file is not a tlog-proof with a portarium-proof/1 in it");
	return NULL;
}
