/*
 * portarium.c
 *		The library of the native flavour.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
