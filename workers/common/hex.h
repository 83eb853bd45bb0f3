/*
 * hex.h: lower-case hexadecimal.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_HEX_H
#define COMMON_HEX_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

/* Writes 2 * len digits and a NUL. */
extern void hex_encode(const void *bytes, size_t len, char *text);

/* Reads exactly 2 * len lower-case digits; false for anything else, also for a longer text. */
extern bool hex_decode(const char *text, unsigned char *bytes, size_t len) MUST_CHECK;

#endif							/* COMMON_HEX_H */
