/*
 * utf8.h: text of unknown origin as valid UTF-8.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_UTF8_H
#define EXECUTOR_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True when the bytes are UTF-8 (RFC 3629) without a zero byte. */
extern bool utf8_valid(const char *bytes, size_t len);

/*
 * Copies at most size - 1 bytes and a NUL: what is not UTF-8 or a control character becomes '?', a
 * sequence cut by the end is left out.
 */
extern void utf8_clean(char *text, size_t size, const char *bytes, size_t len);

#endif							/* EXECUTOR_UTF8_H */
