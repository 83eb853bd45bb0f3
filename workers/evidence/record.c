/*
 * record.c: the byte forms that evidence is hashed in (docs/formats.md: Entry, Leaf, Meta-log).
 *
 * Numbers are big-endian.  Each form has fixed places or a length before what varies, so two
 * different records never have the same bytes.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "evidence/record.h"

#include <string.h>

#include "common/hex.h"

void
record_put_number(unsigned char *to, uint64_t number, size_t size)
{
	for (size_t i = size; i > 0; i--)
	{
		to[i - 1] = (unsigned char) number;
		number >>= 8;
	}
}

/* What stands before the kind: 0x10, salt, tenant, stream, seq, at, the kind's length. */
#define ENTRY_HEAD_SIZE (1 + SALT_SIZE + 2 * UUID_SIZE + 4 + 8 + 2)

static void
entry_head(const EntryRecord *entry, unsigned char head[ENTRY_HEAD_SIZE])
{
	unsigned char *at = head;

	*at++ = 0x10;
	at = mempcpy(at, entry->salt, SALT_SIZE);
	at = mempcpy(at, entry->tenant, UUID_SIZE);
	at = mempcpy(at, entry->stream, UUID_SIZE);
	record_put_number(at, entry->seq, 4);
	record_put_number(at + 4, (uint64_t) entry->at_us, 8);
	record_put_number(at + 12, entry->kind_len, 2);
}

bool
record_entry_hash(const EntryRecord *entry, unsigned char hash[DIGEST_SIZE])
{
	unsigned char head[ENTRY_HEAD_SIZE];
	unsigned char actor_len[2];
	unsigned char canon_len[8];
	const DigestPart parts[] = {
		{head, sizeof(head)},
		{entry->kind, entry->kind_len},
		{actor_len, sizeof(actor_len)},
		{entry->actor, entry->actor_len},
		{canon_len, sizeof(canon_len)},
		{entry->canon, entry->canon_len},
	};

	if (entry->kind_len > UINT16_MAX || entry->actor_len > UINT16_MAX)
		return false;
	entry_head(entry, head);
	record_put_number(actor_len, entry->actor_len, sizeof(actor_len));
	record_put_number(canon_len, entry->canon_len, sizeof(canon_len));
	return digest_sha256_parts(parts, sizeof(parts) / sizeof(parts[0]), hash);
}

void
record_leaf_data(const LeafRecord *leaf, unsigned char data[LEAF_DATA_SIZE])
{
	memcpy(data, "EVL1", 4);
	memcpy(data + 4, leaf->tenant, UUID_SIZE);
	record_put_number(data + 20, leaf->epoch, 4);
	record_put_number(data + 24, leaf->idx, 8);
	memcpy(data + 32, leaf->prev, DIGEST_SIZE);
	memcpy(data + 64, leaf->entry_hash, DIGEST_SIZE);
}

void
record_meta_data(const MetaRecord *meta, unsigned char data[META_DATA_SIZE])
{
	memcpy(data, "EVM1", 4);
	memcpy(data + 4, meta->tenant_hash, DIGEST_SIZE);
	record_put_number(data + 36, meta->epoch, 4);
	record_put_number(data + 40, meta->size, 8);
	memcpy(data + 48, meta->root, DIGEST_SIZE);
	record_put_number(data + 80, meta->round, 8);
}

static uint64_t
read_number(const unsigned char *bytes, unsigned len)
{
	uint64_t	value = 0;

	for (unsigned i = 0; i < len; i++)
		value = value << 8 | bytes[i];
	return value;
}

void
record_meta_read(const unsigned char data[META_DATA_SIZE], MetaRecord *meta)
{
	memcpy(meta->tenant_hash, data + 4, DIGEST_SIZE);
	meta->epoch = (uint32_t) read_number(data + 36, 4);
	meta->size = read_number(data + 40, 8);
	memcpy(meta->root, data + 48, DIGEST_SIZE);
	meta->round = read_number(data + 80, 8);
}

bool
record_leaf_hash(const unsigned char *data, size_t len, unsigned char hash[DIGEST_SIZE])
{
	const unsigned char prefix = 0x00;
	const DigestPart parts[] = {{&prefix, 1}, {data, len}};

	return digest_sha256_parts(parts, 2, hash);
}

bool
record_tenant_hash(const unsigned char salt[SALT_SIZE], const unsigned char tenant[UUID_SIZE],
				   unsigned char hash[DIGEST_SIZE])
{
	static const char prefix[] = "portarium tenant";
	const DigestPart parts[] = {
		{prefix, sizeof(prefix) - 1}, {salt, SALT_SIZE}, {tenant, UUID_SIZE}};

	return digest_sha256_parts(parts, 3, hash);
}

bool
record_uuid_parse(const char *text, unsigned char uuid[UUID_SIZE])
{
	char		digits[2 * UUID_SIZE + 1];
	size_t		n = 0;

	for (size_t i = 0; i < 36; i++)
	{
		bool		hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (text[i] == '\0' || (text[i] == '-') != hyphen)
			return false;
		if (!hyphen)
			digits[n++] = text[i];
	}
	digits[n] = '\0';
	return text[36] == '\0' && hex_decode(digits, uuid, UUID_SIZE);
}

/* Days since 1970-01-01 in the Gregorian calendar; the year begins in March, so that the leap day
 * is its last. */
static int64_t
days_from_civil(int year, int month, int day)
{
	int64_t		y = month > 2 ? year : year - 1;
	int64_t		era = y / 400;
	int64_t		year_of_era = y - era * 400;
	int64_t		day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
		   719468;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool
record_time_parse(const char *text, int64_t *at_us)
{
	static const char form[] = "9999-99-99T99:99:99.999999Z";
	static const int starts[] = {0, 5, 8, 11, 14, 17, 20};
	int			field[7];

	for (size_t i = 0; i < sizeof(form); i++)
	{
		if (form[i] == '9' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	}
	for (int i = 0; i < 7; i++)
	{
		field[i] = 0;
		for (const char *digit = text + starts[i]; *digit >= '0' && *digit <= '9'; digit++)
			field[i] = field[i] * 10 + (*digit - '0');
	}
	if (field[0] < 1 || field[1] < 1 || field[1] > 12 || field[2] < 1 ||
		field[2] > days_in_month(field[0], field[1]) || field[3] > 23 || field[4] > 59 ||
		field[5] > 59)
		return false;
	*at_us =
		((days_from_civil(field[0], field[1], field[2]) * 24 + field[3]) * 60 + field[4]) * 60 +
		field[5];
	*at_us = *at_us * 1000000 + field[6];
	return true;
}
