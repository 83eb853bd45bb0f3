/*
 * url.c: splits and decodes a request target.
 *
 * The target is copied once and decoded in place: what a piece decodes to is never longer than the
 * piece, so nothing moves and the spans stay valid.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "url.h"

#include "jsontext.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
is_utf8(Span span)
{
	for (size_t at = 0; at < span.len;)
	{
		size_t		step = jsontext_utf8(span.at + at, span.len - at);

		if (step == 0 || span.at[at] == '\0')
			return false;
		at += step;
	}
	return true;
}

/* Decodes one piece in its place; plus stands for a space in a query only. */
static bool
decode(Span *piece, bool query)
{
	char	   *out = (char *) piece->at;	/* our own copy of the target */
	size_t		len = 0;

	for (size_t i = 0; i < piece->len; i++)
	{
		char		c = piece->at[i];

		if (c == '+' && query)
			c = ' ';
		else if (c == '%')
		{
			int			high = i + 2 < piece->len ? hex_digit(piece->at[i + 1]) : -1;
			int			low = high < 0 ? -1 : hex_digit(piece->at[i + 2]);

			if (low < 0)
				return false;
			c = (char) (high * 16 + low);
			i += 2;
		}
		out[len++] = c;
	}
	piece->len = len;
	return is_utf8(*piece);
}

static bool
parse_query(Url *url, Span query, Failure *failure)
{
	while (query.len > 0)
	{
		Span		value = span_cut(&query, '&');
		Span		name = span_cut(&value, '=');

		if (name.len == 0 && value.len == 0)
			continue;
		if (url->parameter_count == LIMIT_PARAMETERS)
		{
			failure_set_sqlstate(failure, "UP005", "more than %d query parameters",
								 LIMIT_PARAMETERS);
			return false;
		}
		if (!decode(&name, true) || !decode(&value, true))
		{
			failure_set_sqlstate(failure, "UP007", "malformed query string");
			return false;
		}
		url->parameters[url->parameter_count++] = (UrlParameter) {name, value};
	}
	return true;
}

bool
url_parse(Url *url, Span target, Failure *failure)
{
	Span		rest;
	bool		valid;

	url->parameter_count = 0;
	buf_init(&url->text, LIMIT_REQUEST_LINE);
	if (!buf_append(&url->text, target.at, target.len))
	{
		failure_set_sqlstate(failure, "UP005", "request target is too long");
		return false;
	}
	rest = (Span) {url->text.data, url->text.len};
	url->path = span_cut(&rest, '?');
	valid = url->path.len > 0 && *url->path.at == '/' && decode(&url->path, false);
	if (!valid)
		failure_set_sqlstate(failure, "UP007", "malformed path");
	else
		valid = parse_query(url, rest, failure);
	if (!valid)
		url_free(url);
	return valid;
}

void
url_free(Url *url)
{
	buf_free(&url->text);
}
