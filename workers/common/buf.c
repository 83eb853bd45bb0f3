/*
 * buf.c: a growing byte buffer with a hard maximum.
 *
 * Capacity doubles from BUF_FIRST and is clamped to max + 1 (the NUL).  Until the first append the
 * buffer points at one shared empty string, so an unused buffer costs no allocation.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256

static char buf_nothing[1] = "";

static void
buf_sane(const Buf *buf)
{
	assert(buf->data != NULL);
	assert(buf->len <= buf->max);
	assert(buf->cap == 0 ? buf->len == 0 : buf->len < buf->cap);
	assert(buf->data[buf->len] == '\0');
}

/* Makes room for len more bytes and the NUL. */
static bool
buf_reserve(Buf *buf, size_t len)
{
	size_t		cap = buf->cap > 0 ? buf->cap : BUF_FIRST;
	char	   *data;

	buf_sane(buf);
	if (len > buf->max - buf->len)
		return false;
	if (buf->len + len < buf->cap)
		return true;

	while (cap <= buf->len + len)
		cap *= 2;
	if (cap > buf->max + 1)
		cap = buf->max + 1;

	data = realloc(buf->cap > 0 ? buf->data : NULL, cap);
	if (data == NULL)
		return false;
	data[buf->len] = '\0';
	buf->data = data;
	buf->cap = cap;
	return true;
}

void
buf_init(Buf *buf, size_t max)
{
	buf->data = buf_nothing;
	buf->len = 0;
	buf->cap = 0;
	buf->max = max;
}

void
buf_free(Buf *buf)
{
	if (buf->cap > 0)
		free(buf->data);
	buf_init(buf, buf->max);
}

void
buf_reset(Buf *buf)
{
	buf->len = 0;
	if (buf->cap > 0)
		buf->data[0] = '\0';
}

bool
buf_append(Buf *buf, const void *bytes, size_t len)
{
	if (!buf_reserve(buf, len))
		return false;
	if (len > 0)
	{
		memcpy(buf->data + buf->len, bytes, len);
		buf->len += len;
		buf->data[buf->len] = '\0';
	}
	return true;
}

bool
buf_insert(Buf *buf, size_t at, const void *bytes, size_t len)
{
	const size_t behind = buf->len - at;

	assert(at <= buf->len);
	if (!buf_append(buf, bytes, len))
		return false;
	if (behind > 0)
	{
		memmove(buf->data + at + len, buf->data + at, behind);
		memcpy(buf->data + at, bytes, len);
	}
	return true;
}

bool
buf_text(Buf *buf, const char *text)
{
	return buf_append(buf, text, strlen(text));
}

bool
buf_char(Buf *buf, char c)
{
	return buf_append(buf, &c, 1);
}

bool
buf_printf(Buf *buf, const char *format, ...)
{
	va_list		args;
	int			len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !buf_reserve(buf, (size_t) len))
		return false;
	if (len == 0)
		return true;

	va_start(args, format);
	(void) vsnprintf(buf->data + buf->len, (size_t) len + 1, format, args);
	va_end(args);
	buf->len += (size_t) len;
	return true;
}

/* One byte of a JSON string; bytes of UTF-8 sequences pass through. */
static bool
buf_json_byte(Buf *buf, unsigned char c)
{
	switch (c)
	{
		case '"':
			return buf_text(buf, "\\\"");
		case '\\':
			return buf_text(buf, "\\\\");
		case '\b':
			return buf_text(buf, "\\b");
		case '\f':
			return buf_text(buf, "\\f");
		case '\n':
			return buf_text(buf, "\\n");
		case '\r':
			return buf_text(buf, "\\r");
		case '\t':
			return buf_text(buf, "\\t");
		default:
			break;
	}
	return c < 0x20 ? buf_printf(buf, "\\u%04x", c) : buf_char(buf, (char) c);
}

bool
buf_json_string(Buf *buf, const char *text, size_t len)
{
	size_t		before = buf->len;
	bool		ok = buf_char(buf, '"');

	for (size_t i = 0; ok && i < len; i++)
		ok = buf_json_byte(buf, (unsigned char) text[i]);
	ok = ok && buf_char(buf, '"');

	if (!ok && buf->cap > 0)
	{
		buf->len = before;
		buf->data[before] = '\0';
	}
	return ok;
}

void
buf_truncate(Buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (len == buf->len)
		return;
	buf->len = len;
	buf->data[len] = '\0';
}

void
buf_consume(Buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (len == 0)
		return;
	memmove(buf->data, buf->data + len, buf->len - len + 1);
	buf->len -= len;
}
