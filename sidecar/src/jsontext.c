/*
 * jsontext.c: JSON strings and numbers, RFC 8259, and UTF-8 as RFC 3629 limits it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "jsontext.h"

#include <string.h>

static bool
is_continuation(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

size_t
jsontext_utf8(const char *text, size_t len)
{
	const unsigned char *c = (const unsigned char *) text;
	size_t		need = c[0] < 0x80 ? 1 : c[0] < 0xC2 ? 0 : c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 :
		c[0] < 0xF5 ? 4 : 0;

	if (need == 0 || need > len)
		return 0;
	for (size_t i = 1; i < need; i++)
		if (!is_continuation(c[i]))
			return 0;
	/* overlong forms, surrogates and what lies past U+10FFFF show in the second byte */
	if ((c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xED && c[1] > 0x9F) ||
		(c[0] == 0xF0 && c[1] < 0x90) || (c[0] == 0xF4 && c[1] > 0x8F))
		return 0;
	return need;
}

/* The value of four hexadecimal digits, -1 when they are not. */
static long
hex4(const char *text, size_t len)
{
	long		value = 0;

	if (len < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		char		c = text[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			value = value * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return value;
}

/* The code point of the \u escape at text ("\uXXXX" or a surrogate pair); 0 when malformed. */
static long
unicode_escape(const char *text, size_t len, size_t *used)
{
	long		high = len < 6 ? -1 : hex4(text + 2, len - 2);
	long		low;

	*used = 6;
	if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
		return 0;
	if (high < 0xD800 || high > 0xDFFF)
		return high;
	*used = 12;
	if (len < 12 || text[6] != '\\' || text[7] != 'u')
		return 0;
	low = hex4(text + 8, len - 8);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* The length of the escape at text, 0 when it is none. */
static size_t
escape_length(const char *text, size_t len)
{
	size_t		used;

	if (len < 2)
		return 0;
	if (text[1] == 'u')
		return unicode_escape(text, len, &used) == 0 ? 0 : used;
	return text[1] != '\0' && strchr("\"\\/bfnrt", text[1]) != NULL ? 2 : 0;
}

bool
jsontext_string(const char *text, size_t len, size_t *used)
{
	size_t		at = 1;

	while (at < len && text[at] != '"')
	{
		size_t		step;

		if (text[at] == '\\')
			step = escape_length(text + at, len - at);
		else if ((unsigned char) text[at] < 0x20)
			step = 0;
		else
			step = jsontext_utf8(text + at, len - at);
		if (step == 0)
			break;
		at += step;
	}
	if (at >= len || text[at] != '"')
	{
		*used = at < len ? at : len;
		return false;
	}
	*used = at + 1;
	return true;
}

static size_t
count_digits(const char *text, size_t len)
{
	size_t		count = 0;

	while (count < len && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

static bool
read_exponent(const char *text, size_t len, JsonNumber *number)
{
	size_t		at = number->len + 1;
	size_t		count;

	if (at < len && (text[at] == '+' || text[at] == '-'))
		at++;
	count = count_digits(text + at, len - at);
	for (size_t i = 0; i < count && number->exponent < 9999; i++)
		number->exponent = number->exponent * 10 + (text[at + i] - '0');
	if (number->exponent > 9999)
		number->exponent = 9999;
	number->len = at + count;
	return count > 0;
}

bool
jsontext_number(const char *text, size_t len, JsonNumber *number)
{
	size_t		at = len > 0 && text[0] == '-' ? 1 : 0;
	size_t		count = count_digits(text + at, len - at);

	*number = (JsonNumber) {at + count, count, 0};
	if (count == 0 || (count > 1 && text[at] == '0'))
		return false;
	if (number->len < len && text[number->len] == '.')
	{
		count = count_digits(text + number->len + 1, len - number->len - 1);
		number->len += 1 + count;
		number->digits += count;
		if (count == 0)
			return false;
	}
	if (number->len < len && (text[number->len] == 'e' || text[number->len] == 'E'))
		return read_exponent(text, len, number);
	return true;
}

static bool
append_code_point(Buf *out, long code)
{
	char		bytes[4];
	size_t		len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};

	for (size_t i = len - 1; i > 0; i--)
	{
		bytes[i] = (char) (0x80 | (code & 0x3F));
		code >>= 6;
	}
	bytes[0] = (char) (lead[len] | code);
	return buf_append(out, bytes, len);
}

static bool
append_escape(Buf *out, const char *text, size_t len, size_t *used)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";

	*used = 2;
	if (text[1] == 'u')
		return append_code_point(out, unicode_escape(text, len, used));
	return buf_char(out, values[strchr(names, text[1]) - names]);
}

bool
jsontext_unquote(const char *inside, size_t len, Buf *out)
{
	size_t		at = 0;

	while (at < len)
	{
		const char *escape = memchr(inside + at, '\\', len - at);
		size_t		plain = escape == NULL ? len - at : (size_t) (escape - (inside + at));
		size_t		used = 0;

		if (!buf_append(out, inside + at, plain))
			return false;
		at += plain;
		if (escape == NULL)
			break;
		if (!append_escape(out, escape, len - at, &used))
			return false;
		at += used;
	}
	return true;
}
