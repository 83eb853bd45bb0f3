/*
 * jsontext.c: JSON as text.
 *
 * The scanners rely on jsontext_valid having accepted the text: they meet neither its end nor a
 * wrong token.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/jsontext.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define JSONTEXT_SPACE " \t\r\n"

bool
jsontext_valid(Slice text, Failure *failure)
{
	json_error_t error;
	json_t	   *value;

	value = json_loadb(text.text, text.len,
					   JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
	if (value == NULL)
	{
		failure_set(failure, "%s, at byte %d", error.text, error.position);
		return false;
	}
	json_decref(value);
	return true;
}

Slice
jsontext_trim(Slice text)
{
	while (text.len > 0 && strchr(JSONTEXT_SPACE, text.text[0]) != NULL && text.text[0] != '\0')
	{
		text.text++;
		text.len--;
	}
	while (text.len > 0 && strchr(JSONTEXT_SPACE, text.text[text.len - 1]) != NULL)
		text.len--;
	return text;
}

static const char *
jsontext_skip_space(const char *at)
{
	return at + strspn(at, JSONTEXT_SPACE);
}

size_t
jsontext_string_length(const char *at)
{
	size_t		len = 1;

	while (at[len] != '"')
		len += at[len] == '\\' ? 2 : 1;
	return len + 1;
}

/* The length of the value that starts at at[0]. */
static size_t
jsontext_value_length(const char *at)
{
	size_t		len = 0;
	int			depth = 0;

	if (at[0] == '"')
		return jsontext_string_length(at);
	if (at[0] != '{' && at[0] != '[')
		return strcspn(at, ",]}" JSONTEXT_SPACE);
	do
	{
		if (at[len] == '"')
		{
			len += jsontext_string_length(at + len);
			continue;
		}
		if (at[len] == '{' || at[len] == '[')
			depth++;
		else if (at[len] == '}' || at[len] == ']')
			depth--;
		len++;
	} while (depth > 0);
	return len;
}

char *
jsontext_decode(Slice string)
{
	json_t	   *value = json_loadb(string.text, string.len, JSON_DECODE_ANY, NULL);
	char	   *copy = value != NULL ? strdup(json_string_value(value)) : NULL;

	json_decref(value);
	return copy;
}

/* Names rarely hold escapes; only then is the token decoded. */
static bool
jsontext_is_name(Slice token, const char *name)
{
	char	   *decoded;
	bool		same;

	if (memchr(token.text, '\\', token.len) == NULL)
		return token.len - 2 == strlen(name) && memcmp(token.text + 1, name, token.len - 2) == 0;
	decoded = jsontext_decode(token);
	same = decoded != NULL && strcmp(decoded, name) == 0;
	free(decoded);
	return same;
}

bool
jsontext_member(Slice object, const char *name, Slice *value)
{
	const char *at = jsontext_trim(object).text;

	if (object.len == 0 || *at != '{')
		return false;
	at = jsontext_skip_space(at + 1);
	while (*at == '"')
	{
		Slice		token = {at, jsontext_string_length(at)};

		at = jsontext_skip_space(at + token.len);
		at = jsontext_skip_space(at + 1);	/* the colon */
		value->text = at;
		value->len = jsontext_value_length(at);
		if (jsontext_is_name(token, name))
			return true;
		at = jsontext_skip_space(at + value->len);
		at = *at == ',' ? jsontext_skip_space(at + 1) : at;
	}
	return false;
}
