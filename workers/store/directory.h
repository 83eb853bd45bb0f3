/*
 * directory.h: a directory as a store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "store/store.h"

/* The directory must exist; it stays locked until store_close. */
extern Store *directory_open(const char *path, Failure *failure) MUST_CHECK;

#endif							/* STORE_DIRECTORY_H */
