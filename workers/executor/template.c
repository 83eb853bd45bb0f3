/*
 * template.c: filling an operation's templates from the input.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

#define TEMPLATE_CREDENTIAL "${credential:"

static bool
template_full(Failure *failure)
{
	failure_set(failure, "the request is too large");
	return false;
}

/* RFC 3986 unreserved characters stay, every other byte becomes %XX. */
static bool
template_percent(const char *text, Buf *out)
{
	bool		ok = true;

	for (; ok && *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (isalnum(c) || strchr("-._~", c) != NULL)
			ok = buf_char(out, (char) c);
		else
			ok = buf_printf(out, "%%%02X", c);
	}
	return ok;
}

/* The member's text for a URL, to be released with free; NULL with the reason. */
static char *
template_scalar(const char *name, Slice input, Failure *failure)
{
	Slice		value;
	char	   *text = NULL;

	if (!jsontext_member(input, name, &value))
		failure_set(failure, "the input has no member \"%s\"", name);
	else if (strchr("{[n", value.text[0]) != NULL)
		failure_set(failure, "member \"%s\" is not a string, a number or a boolean", name);
	else if (value.len == 2 && value.text[0] == '"')
		failure_set(failure, "member \"%s\" is empty", name);
	else if ((text = value.text[0] == '"' ? jsontext_decode(value) :
			  strndup(value.text, value.len)) == NULL)
		failure_set(failure, "out of memory");
	return text;
}

/* Reads a name up to the closing character; the length with it, or 0. */
static size_t
template_name(const char *at, char close, char name[TEMPLATE_NAME_MAX])
{
	const char *end = strchr(at, close);
	size_t		len = end != NULL ? (size_t) (end - at) : 0;

	if (len == 0 || len >= TEMPLATE_NAME_MAX)
		return 0;
	memcpy(name, at, len);
	name[len] = '\0';
	return len + 1;
}

/* Dot segments would be resolved by whoever reads the URL, and so leave the path's prefix. */
static bool
template_segments_safe(const char *path)
{
	while (*path == '/')
	{
		size_t		len = strcspn(++path, "/?#");

		if ((len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
	}
	return true;
}

static bool
template_path_member(const char *name, Slice input, Buf *url, Failure *failure)
{
	char	   *text = template_scalar(name, input, failure);
	bool		ok = text != NULL;

	if (ok && !template_percent(text, url))
		ok = template_full(failure);
	free(text);
	return ok;
}

bool
template_path(const char *path, Slice input, Buf *url, Failure *failure)
{
	char		name[TEMPLATE_NAME_MAX];
	size_t		start = url->len;

	if (path[0] != '/')
	{
		failure_set(failure, "path \"%s\" does not start with a slash", path);
		return false;
	}
	while (*path != '\0')
	{
		size_t		plain = strcspn(path, "{");
		size_t		len;

		if (!buf_append(url, path, plain))
			return template_full(failure);
		path += plain;
		if (*path == '\0')
			break;
		len = template_name(path + 1, '}', name);
		if (len == 0)
		{
			failure_set(failure, "the path has a brace that does not enclose a member's name");
			return false;
		}
		if (!template_path_member(name, input, url, failure))
			return false;
		path += 1 + len;
	}
	if (!template_segments_safe(url->data + start))
	{
		failure_set(failure, "the path has a segment of dots");
		return false;
	}
	return true;
}

/* True for the string token "{member}" that is a value, not a member's name. */
static bool
template_is_member(const char *token, size_t len, char name[TEMPLATE_NAME_MAX])
{
	const char *after = token + len + strspn(token + len, " \t\r\n");

	return len > 4 && token[1] == '{' && *after != ':' &&
		template_name(token + 2, '}', name) == len - 3 && strpbrk(name, "{\\\"") == NULL;
}

bool
template_body(Slice body, Slice input, Buf *out, Failure *failure)
{
	const char *at = body.text;
	const char *end = body.text + body.len;
	char		name[TEMPLATE_NAME_MAX];
	bool		ok = true;

	while (ok && at < end)
	{
		size_t		len = *at == '"' ? jsontext_string_length(at) : 1;
		Slice		value = {at, len};

		if (*at == '"' && template_is_member(at, len, name) &&
			!jsontext_member(input, name, &value))
		{
			failure_set(failure, "the input has no member \"%s\"", name);
			return false;
		}
		ok = buf_append(out, value.text, value.len);
		at += len;
	}
	return ok ? true : template_full(failure);
}

static bool
template_credential(const char *name, const CredentialPlace *place, Buf *out, Failure *failure)
{
	char	   *secret = credential_read(place, name, failure);
	bool		ok = secret != NULL;

	if (ok && !buf_text(out, secret))
		ok = template_full(failure);
	secret_free(secret);
	return ok;
}

bool
template_header(const char *value, const CredentialPlace *place, Buf *out, Failure *failure)
{
	const size_t prefix = sizeof(TEMPLATE_CREDENTIAL) - 1;
	char		name[TEMPLATE_NAME_MAX];
	const char *at;

	while ((at = strstr(value, TEMPLATE_CREDENTIAL)) != NULL)
	{
		size_t		len = template_name(at + prefix, '}', name);

		if (!buf_append(out, value, (size_t) (at - value)))
			return template_full(failure);
		if (len == 0)
		{
			failure_set(failure, "a header names no credential");
			return false;
		}
		if (!template_credential(name, place, out, failure))
			return false;
		value = at + prefix + len;
	}
	return buf_text(out, value) ? true : template_full(failure);
}
