/*
 * payload.h: the payloads in a bundle, each behind the entry that commits to it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_PAYLOAD_H
#define VERIFY_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "common/failure.h"
#include "evidence/record.h"
#include "verify/fields.h"

/* What is kept of an entry for the payloads behind it. */
typedef struct PayloadEntry
{
	int64_t		index;
	unsigned char salt[SALT_SIZE];
	char	   *text;			/* the body; NULL: the entry is not there */
	size_t		len;
	json_t	   *body;			/* the same, parsed when a payload asks for it */
} PayloadEntry;

/* An empty one is all zeros. */
extern void payload_forget(PayloadEntry *entry);

/* Keeps an entry that was checked, in place of the one before. */
extern void payload_keep(PayloadEntry *entry, const Fields *fields);

/* Is the line's data what the entry commits to in the member that the line names? */
extern bool payload_check(PayloadEntry *entry, const Fields *payload,
						  Failure *failure) MUST_CHECK;

#endif							/* VERIFY_PAYLOAD_H */
