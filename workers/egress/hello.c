/*
 * hello.c: the host that a TLS client asks for by name.
 *
 *     record: type 22, version, length | handshake: type 1, length u24 | version, random[32],
 *     session u8, ciphers u16, compression u8, extensions u16: type u16, length u16, …
 *     server_name (0): list u16, type u8 (0: host), length u16, host
 *
 * A hello that is spread over several records is refused; no client in use sends one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/hello.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define HELLO_RECORD_HEAD 5
#define HELLO_RANDOM 34			/* version and random */

typedef struct Span
{
	const unsigned char *at;
	size_t		len;
} Span;

static bool
hello_skip(Span *span, size_t n)
{
	if (span->len < n)
		return false;
	span->at += n;
	span->len -= n;
	return true;
}

/* A big-endian number of width bytes. */
static bool
hello_number(Span *span, int width, size_t *number)
{
	*number = 0;
	for (int i = 0; i < width; i++)
	{
		if (span->len == 0)
			return false;
		*number = *number << 8 | *span->at;
		(void) hello_skip(span, 1);
	}
	return true;
}

/* A part with its length before it. */
static bool
hello_part(Span *span, int width, Span *part)
{
	size_t		len;

	if (!hello_number(span, width, &len) || span->len < len)
		return false;
	*part = (Span) {span->at, len};
	return hello_skip(span, len);
}

static bool
hello_name(Span extension, char *host)
{
	Span		list;
	Span		name;
	size_t		type;

	if (!hello_part(&extension, 2, &list) || !hello_number(&list, 1, &type) || type != 0 ||
		!hello_part(&list, 2,
					&name) || list.len != 0 || name.len == 0 || name.len > HELLO_HOST_MAX ||
		memchr(name.at, '\0', name.len) != NULL)
		return false;
	for (size_t i = 0; i < name.len; i++)
		host[i] = (char) tolower(name.at[i]);
	host[name.len] = '\0';
	return true;
}

static bool
hello_extensions(Span extensions, char *host)
{
	size_t		type;
	Span		extension;
	bool		seen = false;

	while (extensions.len > 0)
	{
		if (!hello_number(&extensions, 2, &type) || !hello_part(&extensions, 2, &extension))
			return false;
		if (type != 0)
			continue;
		if (seen || !hello_name(extension, host))
			return false;
		seen = true;
	}
	return true;
}

static bool
hello_body(Span body, char *host)
{
	Span		part;

	return hello_skip(&body, HELLO_RANDOM) && hello_part(&body, 1, &part) &&
		hello_part(&body, 2, &part) && hello_part(&body, 1, &part) &&
		(body.len == 0 || (hello_part(&body, 2, &part) && hello_extensions(part, host)));
}

HelloState
hello_read(const unsigned char *bytes, size_t len, char host[HELLO_HOST_MAX + 1])
{
	Span		record = {bytes, len};
	Span		content;
	Span		body;
	size_t		type;

	host[0] = '\0';
	if (len > 0 && bytes[0] != HELLO_RECORD)
		return HELLO_BAD;
	if (len < HELLO_RECORD_HEAD)
		return HELLO_MORE;
	(void) hello_skip(&record, 3);
	if (!hello_part(&record, 2, &content))
		return len < HELLO_MAX ? HELLO_MORE : HELLO_BAD;
	if (!hello_number(&content, 1, &type) || type != 1 || !hello_part(&content, 3, &body) ||
		!hello_body(body, host))
		return HELLO_BAD;
	return HELLO_DONE;
}
