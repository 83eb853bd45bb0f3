/*
 * conf.h: a daemon's settings.
 *
 * A daemon declares its settings as a table.  Each value comes from the environment, else from the
 * KEY=value file, else from the table's default.  A key in the file that the table does not name
 * is an error, so that a misspelt setting never goes unnoticed.
 *
 * A secret NAME is never given as a value: NAME_FILE (environment or file) is the path of a
 * regular file which nobody but its owner can read; when root owns it, its group may read it.
 * The secret is the file's content without trailing line ends.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/failure.h"

#define CONF_FILE_MAX 65536
#define CONF_SECRET_MAX 65536

typedef struct ConfItem
{
	const char *name;			/* in the table and in the daemon's code; not NAME_FILE */
	const char *fallback;		/* NULL: no value unless one is given */
	bool		secret;
	const char *meaning;		/* one sentence for --help */
} ConfItem;

typedef struct Conf Conf;

/* path may be NULL: the environment only.  The table must outlive the result. */
extern Conf *conf_load(const ConfItem *items, size_t n_items, const char *path,
					   Failure *failure) MUST_CHECK;
extern void conf_free(Conf *conf);

/* The value, or NULL when there is none.  Aborts for a name that is not in the table. */
extern const char *conf_value(const Conf *conf, const char *name);

/* An integer setting; false when it has no value, is not a number or outside min..max. */
extern bool conf_int(const Conf *conf, const char *name, int min, int max, int *value,
					 Failure *failure) MUST_CHECK;

/* on/off, true/false, yes/no or 1/0. */
extern bool conf_switch(const Conf *conf, const char *name, bool *value,
						Failure *failure) MUST_CHECK;

/* Prints NAME=value lines; secrets, and values that carry a password, are not shown. */
extern void conf_print(const Conf *conf, FILE *out);

/* Prints the table for --help. */
extern void conf_help(const ConfItem *items, size_t n_items, FILE *out);

#endif							/* COMMON_CONF_H */
