/*
 * members.h
 *		The members of JSON objects that are being written: their order and their duplicates.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_MEMBERS_H
#define PORTARIUM_MEMBERS_H

#include "lib/stringinfo.h"

typedef struct Member
{
	size_t		name;			/* offset in names */
	size_t		name_len;
	size_t		start;			/* offset in the output, of "name":value */
	size_t		end;
} Member;

typedef struct Members
{
	Member	   *list;
	size_t		count;
	size_t		room;
	StringInfoData names;		/* without their escapes */
} Members;

extern void members_init(Members *members);
extern void members_free(Members *members);
extern size_t members_add(Members *members, size_t start);
extern void members_set_name(Members *members, size_t i, size_t name);
extern void members_set_end(Members *members, size_t i, size_t end);
extern char *members_sort(Members *members, size_t first, StringInfo out);
extern void members_drop(Members *members, size_t first, size_t names_len);

#endif							/* PORTARIUM_MEMBERS_H */
