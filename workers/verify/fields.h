/*
 * fields.h: a line of a bundle as its members.
 *
 * A line is good when it has exactly the members of its type and is, to the byte, their canonical
 * form (RFC 8785): the members are printed again and compared.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_FIELDS_H
#define VERIFY_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/buf.h"
#include "common/failure.h"
#include "verify/scan.h"

typedef enum LineType
{
	LINE_MANIFEST,
	LINE_ENTRY,
	LINE_WITHHELD,				/* in the place of an entry */
	LINE_DISPOSED,				/* likewise */
	LINE_PAYLOAD,				/* behind its entry */
	LINE_META,
	LINE_CHECKPOINT,
	LINE_STAMP,					/* behind it, or not there */
	LINE_END,
	LINE_TYPES
} LineType;

/* The members of each type in canonical order. */
enum
{
	MANIFEST_EPOCH,
	MANIFEST_FIRST,
	MANIFEST_FORMAT,
	MANIFEST_SIZE,
	MANIFEST_TENANT,
	MANIFEST_TENANT_SALT,
	MANIFEST_TYPE,
	MANIFEST_VKEYS
};
enum
{
	ENTRY_ACTOR,
	ENTRY_AT,
	ENTRY_BODY,
	ENTRY_ENTRY_HASH,
	ENTRY_INDEX,
	ENTRY_KIND,
	ENTRY_LEAF_HASH,
	ENTRY_SALT,
	ENTRY_SEQ,
	ENTRY_STREAM
};
enum
{
	WITHHELD_ENTRY_HASH,
	WITHHELD_INDEX,
	WITHHELD_LEAF_HASH
};
enum
{
	DISPOSED_AT,
	DISPOSED_DISPOSITION,
	DISPOSED_ENTRY_HASH,
	DISPOSED_INDEX,
	DISPOSED_KIND,
	DISPOSED_LEAF_HASH,
	DISPOSED_SEQ,
	DISPOSED_STREAM
};
enum
{
	PAYLOAD_DATA,
	PAYLOAD_INDEX,
	PAYLOAD_MEMBER
};
enum
{
	META_INDEX,
	META_PROOF,
	META_ROOT,
	META_ROUND,
	META_SIZE
};
enum
{
	CHECKPOINT_NOTE
};
enum
{
	STAMP_ANSWER
};
enum
{
	END_LINES,
	END_SHA256
};

#define FIELDS_MAX 11

typedef struct Fields
{
	LineType	type;
	json_t	   *object;
	Field		field[FIELDS_MAX];
} Fields;

/* On success the caller calls fields_free.  again is scratch space, to which the members may point: nothing
 * else is put there before fields_free. */
extern bool fields_parse(const Buf *line, Buf *again, Fields *fields, Failure *failure) MUST_CHECK;
extern void fields_free(Fields *fields);

/* A member of an array that fields_parse accepted. */
extern const char *fields_item(const Field *field, size_t i);
extern size_t fields_count(const Field *field);

/* The members of a type without the comparison with a line: for objects that are not lines. */
extern bool fields_of(json_t *object, LineType type, Fields *fields, Failure *failure) MUST_CHECK;

#endif							/* VERIFY_FIELDS_H */
