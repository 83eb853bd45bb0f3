/*
 * members.c
 *		The members of JSON objects that are being written: their order and their duplicates.
 *
 * A stack: an object's members are its top part, from "first" on, and are dropped when the object
 * is written; those of the objects around it lie below. members_sort puts the members in order
 * within the bytes that they have in the output.
 *
 * Memory: the list and the names are allocated where they are first needed and freed by
 * members_free.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "members.h"

void
members_init(Members *members)
{
	members->list = NULL;
	members->count = 0;
	members->room = 0;
	initStringInfo(&members->names);
}

void
members_free(Members *members)
{
	if (members->list != NULL)
		pfree(members->list);
	pfree(members->names.data);
}

/* A member that begins at this offset of the output; name and end follow. */
size_t
members_add(Members *members, size_t start)
{
	if (members->count == members->room)
	{
		members->room = members->room == 0 ? 32 : members->room * 2;
		members->list = members->list == NULL
			? palloc(members->room * sizeof(Member))
			: repalloc(members->list, members->room * sizeof(Member));
	}
	members->list[members->count].start = start;
	return members->count++;
}

/* The name has just been put at the end of names. */
void
members_set_name(Members *members, size_t i, size_t name)
{
	members->list[i].name = name;
	members->list[i].name_len = members->names.len - name;
}

void
members_set_end(Members *members, size_t i, size_t end)
{
	members->list[i].end = end;
}

void
members_drop(Members *members, size_t first, size_t names_len)
{
	members->count = first;
	members->names.len = names_len;
}

/*
 * By UTF-16 code units. UTF-8 bytes sort like code points, and those sort like UTF-16 units but for
 * one thing: characters above U+FFFF (first byte F0 and up) are surrogates, which come before
 * U+E000 to U+FFFF (first byte EE and EF). Bytes so large are first bytes, and where two first
 * bytes differ, everything before them is equal. /
 */
static int
compare_members(const void *a, const void *b, void *names)
{
	const Member *one = a;
	const Member *other = b;
	const unsigned char *x = (const unsigned char *) names + one->name;
	const unsigned char *y = (const unsigned char *) names + other->name;
	size_t		common = Min(one->name_len, other->name_len);

	for (size_t i = 0; i < common; i++)
	{
		if (x[i] == y[i])
			continue;
		if (x[i] >= 0xEE && y[i] >= 0xEE && (x[i] >= 0xF0) != (y[i] >= 0xF0))
			return x[i] >= 0xF0 ? -1 : 1;
		return x[i] < y[i] ? -1 : 1;
	}
	return (one->name_len > other->name_len) - (one->name_len < other->name_len);
}

/* Writes the members from "first" on anew, in the order of the list, with commas between them. */
static void
rewrite(const Members *members, size_t first, size_t start, StringInfo out)
{
	char	   *to = out->data + start;
	size_t		len = out->len - start;
	char	   *copy = palloc(len);

	memcpy(copy, to, len);
	for (size_t i = first; i < members->count; i++)
	{
		const Member *member = &members->list[i];

		if (i > first)
			*to++ = ',';
		memcpy(to, copy + (member->start - start), member->end - member->start);
		to += member->end - member->start;
	}
	pfree(copy);
}

/*
 * Puts the members from "first" on in order, in the list and in the output, whose end is the last
 * member's. Returns a copy of a name that occurs twice, or NULL. /
 */
char *
members_sort(Members *members, size_t first, StringInfo out)
{
	Member	   *list = members->list + first;
	size_t		count = members->count - first;
	char	   *names = members->names.data;
	int			order = -1;

	for (size_t i = 1; i < count && order < 0; i++)
		order = compare_members(&list[i - 1], &list[i], names);
	if (order >= 0)
	{
		size_t		start = list[0].start;

		qsort_arg(list, count, sizeof(Member), compare_members, names);
		for (size_t i = 1; i < count; i++)
		{
			if (compare_members(&list[i - 1], &list[i], names) == 0)
				return pnstrdup(names + list[i].name, list[i].name_len);
		}
		rewrite(members, first, start, out);
	}
	return NULL;
}
