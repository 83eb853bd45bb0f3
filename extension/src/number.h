/*
 * number.h
 *		Numbers as ECMAScript writes them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_NUMBER_H
#define PORTARIUM_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* A sign, 17 digits, a point with its zeros, an exponent: 25 bytes at most, and the final NUL. */
#define NUMBER_TEXT_SIZE 32

extern int	number_write(double value, char string[NUMBER_TEXT_SIZE]);
extern bool number_is_integer(const char *string, size_t len);

#endif							/* PORTARIUM_NUMBER_H */
