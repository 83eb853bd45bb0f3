/*
 * versions.h: what a bucket really holds: every version, also those that a newer one hides.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_VERSIONS_H
#define STORE_VERSIONS_H

#include "store/s3.h"

typedef struct Version
{
	char		key[S3_VALUE_SIZE];
	char		id[S3_VALUE_SIZE];
	bool		marker;			/* a delete marker: it hides the versions before it */
} Version;

typedef bool (*VersionSee) (const Version *version, void *context);

/* Calls see for every version of every key with this prefix, until it says no. */
extern bool versions_list(S3 *s3, const char *prefix, VersionSee see, void *context,
						  Failure *failure) MUST_CHECK;

#endif							/* STORE_VERSIONS_H */
