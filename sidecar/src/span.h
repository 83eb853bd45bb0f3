/*
 * span.h: a piece of text that somebody else owns.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_SPAN_H
#define SIDECAR_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct Span
{
	const char *at;				/* not terminated; NULL only when there is nothing */
	size_t		len;
} Span;

static inline Span
span_of(const char *text)
{
	return (Span) {text, strlen(text)};
}

static inline bool
span_is(Span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static inline bool
span_is_nocase(Span span, const char *text)
{
	return span.len == strlen(text) && strncasecmp(span.at, text, span.len) == 0;
}

/* Cuts rest at the first separator: returns what is before it, leaves what is after it. */
static inline Span
span_cut(Span *rest, char separator)
{
	Span		head = *rest;
	const char *found = rest->len == 0 ? NULL : memchr(rest->at, separator, rest->len);
	size_t		used = rest->len;

	if (found != NULL)
	{
		head.len = (size_t) (found - rest->at);
		used = head.len + 1;
	}
	if (used > 0)
		*rest = (Span) {rest->at + used, rest->len - used};
	return head;
}

#endif							/* SIDECAR_SPAN_H */
