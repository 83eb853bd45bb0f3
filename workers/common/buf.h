/*
 * buf.h: a growing byte buffer with a hard maximum.
 *
 *      data                    data + len            data + cap
 *      |<------ content ------>| NUL |<--- spare --->|
 *
 * The maximum is given once, at buf_init, and bounds the content.  An append that would pass it
 * changes nothing and returns false.  Content is always followed by a NUL that len does not
 * count, so data can be read as a C string.  The buffer owns its memory; buf_free releases it and
 * leaves an empty buffer with the same maximum.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

typedef struct Buf
{
	char	   *data;			/* never NULL after buf_init */
	size_t		len;
	size_t		cap;			/* 0: data is a shared empty string, not ours to free */
	size_t		max;
} Buf;

extern void buf_init(Buf *buf, size_t max);
extern void buf_free(Buf *buf);

/* Empties the buffer and keeps its memory. */
extern void buf_reset(Buf *buf);

/* All of the appends are false when the maximum would be passed or memory is short. */
extern bool buf_append(Buf *buf, const void *bytes, size_t len) MUST_CHECK;
extern bool buf_text(Buf *buf, const char *text) MUST_CHECK;
extern bool buf_char(Buf *buf, char c) MUST_CHECK;
extern bool buf_printf(Buf *buf, const char *format, ...) MUST_CHECK
	__attribute__((format(printf, 2, 3)));

/* Appends text as a JSON string as RFC 8785 writes it; the bytes are taken to be UTF-8. */
extern bool buf_json_string(Buf *buf, const char *text, size_t len) MUST_CHECK;

/* The same in front of what stands at this place (at <= buf->len). */
extern bool buf_insert(Buf *buf, size_t at, const void *bytes, size_t len) MUST_CHECK;

/* Drops everything behind the first len bytes (len <= buf->len). */
extern void buf_truncate(Buf *buf, size_t len);

/* Drops the first len bytes (len <= buf->len). */
extern void buf_consume(Buf *buf, size_t len);

#endif							/* COMMON_BUF_H */
