/*
 * jstring.h
 *		JSON's strings: reading them with their escapes, writing them with the fewest.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_JSTRING_H
#define PORTARIUM_JSTRING_H

#include "lib/stringinfo.h"

extern bool jstring_read(const char **at, const char *end, StringInfo to);
extern void jstring_append(StringInfo out, const char *string, size_t len);

#endif							/* PORTARIUM_JSTRING_H */
