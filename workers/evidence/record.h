/*
 * record.h: the byte forms that evidence is hashed in (docs/formats.md: Entry, Leaf, Meta-log).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVIDENCE_RECORD_H
#define EVIDENCE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "common/failure.h"

#define UUID_SIZE 16
#define SALT_SIZE 16
#define LEAF_DATA_SIZE 96
#define META_DATA_SIZE 88

typedef struct EntryRecord
{
	unsigned char salt[SALT_SIZE];
	unsigned char tenant[UUID_SIZE];
	unsigned char stream[UUID_SIZE];
	uint32_t	seq;
	int64_t		at_us;			/* since the Unix epoch */
	const char *kind;
	size_t		kind_len;
	const char *actor;
	size_t		actor_len;
	const char *canon;
	size_t		canon_len;
} EntryRecord;

typedef struct LeafRecord
{
	unsigned char tenant[UUID_SIZE];
	uint32_t	epoch;
	uint64_t	idx;
	unsigned char prev[DIGEST_SIZE];
	unsigned char entry_hash[DIGEST_SIZE];
} LeafRecord;

typedef struct MetaRecord
{
	unsigned char tenant_hash[DIGEST_SIZE];
	uint32_t	epoch;
	uint64_t	size;
	unsigned char root[DIGEST_SIZE];
	uint64_t	round;
} MetaRecord;

/* A number as big-endian bytes. */
extern void record_put_number(unsigned char *to, uint64_t number, size_t size);

/* False when kind or actor is longer than its length field can say, or hashing fails. */
extern bool record_entry_hash(const EntryRecord *entry, unsigned char hash[DIGEST_SIZE]) MUST_CHECK;

extern void record_leaf_data(const LeafRecord *leaf, unsigned char data[LEAF_DATA_SIZE]);
extern void record_meta_data(const MetaRecord *meta, unsigned char data[META_DATA_SIZE]);

/* The fields of a meta_data record; whether it begins as one is not looked at. */
extern void record_meta_read(const unsigned char data[META_DATA_SIZE], MetaRecord *meta);

/* RFC 6962's hash of a leaf with this data. */
extern bool record_leaf_hash(const unsigned char *data, size_t len,
							 unsigned char hash[DIGEST_SIZE]) MUST_CHECK;

extern bool record_tenant_hash(const unsigned char salt[SALT_SIZE],
							   const unsigned char tenant[UUID_SIZE],
							   unsigned char hash[DIGEST_SIZE]) MUST_CHECK;

/* The lower-case text form of a uuid, 36 characters and nothing else. */
extern bool record_uuid_parse(const char *text, unsigned char uuid[UUID_SIZE]) MUST_CHECK;

/* "YYYY-MM-DDTHH:MM:SS.ffffffZ", a time that exists; every time has one text. */
extern bool record_time_parse(const char *text, int64_t *at_us) MUST_CHECK;

#endif							/* EVIDENCE_RECORD_H */
