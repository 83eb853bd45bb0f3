/*
 * hash.c
 *		Ids, salts, commitments and the hash of an evidence entry: the C of sql/11_hash.sql.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include <time.h>

#include "args.h"
#include "canonical_api.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "hash.h"
#include "sha256.h"
#include "token.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#define SALT_SIZE 16
#define MAX_NAME_SIZE 65535

PG_FUNCTION_INFO_V1(portarium_hash_uuid7);
PG_FUNCTION_INFO_V1(portarium_hash_salt);
PG_FUNCTION_INFO_V1(portarium_hash_commitment);
PG_FUNCTION_INFO_V1(portarium_hash_entry);

void
hash_random_bytes(uint8 *bytes, size_t len)
{
	if (!pg_strong_random(bytes, len))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not read random bytes")));
}

/*
 * Time in units of 1/4096 ms, greater than at the last call in this backend, so that ids of one
 * backend are in order even when the clock stands still or goes back. /
 */
static uint64
next_instant(void)
{
	static uint64 last = 0;
	struct timespec now;
	uint64		instant;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		elog(ERROR, "could not read the clock: %m");
	instant = ((uint64) now.tv_sec * 1000 + now.tv_nsec / 1000000) << 12;
	instant |= (uint64) (now.tv_nsec % 1000000) * 4096 / 1000000;
	last = Max(instant, last + 1);
	return last;
}

/*
 * RFC 9562 version 7, with its 12 bits after the version as a fraction of the millisecond (method
 * 3).
 */
Datum
portarium_hash_uuid7(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	uint64		instant = next_instant();

	for (int i = 0; i < 6; i++)
		uuid->data[i] = (uint8) (instant >> (52 - 8 * i));
	uuid->data[6] = 0x70 | (uint8) (instant >> 8 & 0x0F);
	uuid->data[7] = (uint8) instant;
	hash_random_bytes(uuid->data + 8, 8);
	uuid->data[8] = (uuid->data[8] & 0x3F) | 0x80;
	PG_RETURN_UUID_P(uuid);
}

bytea *
hash_salt(void)
{
	bytea	   *salt = palloc(VARHDRSZ + SALT_SIZE);

	SET_VARSIZE(salt, VARHDRSZ + SALT_SIZE);
	hash_random_bytes((uint8 *) VARDATA(salt), SALT_SIZE);
	return salt;
}

Datum
portarium_hash_salt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(hash_salt());
}

/* base64url(SHA-256(salt || canonical payload)), sql/40_evidence.sql. */
void
hash_add_commitment(StringInfo out, const bytea *salt, Jsonb *payload)
{
	bytea	   *canon = canonical_of_jsonb(payload);
	Sha256	   *hash = sha256_create();
	uint8		digest[SHA256_SIZE];
	char		encoded[TOKEN_MAC_SIZE];

	sha256_begin(hash);
	sha256_add(hash, VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt));
	sha256_add(hash, VARDATA(canon), VARSIZE(canon) - VARHDRSZ);
	sha256_end(hash, digest);
	sha256_free(hash);
	token_encode_mac(digest, encoded);
	appendBinaryStringInfo(out, encoded, TOKEN_MAC_SIZE);
}

Datum
portarium_hash_commitment(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	if (args_have_null(fcinfo))
		PG_RETURN_NULL();
	initStringInfo(&out);
	hash_add_commitment(&out, PG_GETARG_BYTEA_PP(0), PG_GETARG_JSONB_P(1));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

static void
add_name(Sha256 *hash, const text *name)
{
	sha256_add_int(hash, VARSIZE_ANY_EXHDR(name), 2);
	sha256_add(hash, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

static bytea *
hash_entry(FunctionCallInfo fcinfo)
{
	bytea	   *salt = PG_GETARG_BYTEA_PP(0);
	int32		seq = PG_GETARG_INT32(3);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(4);
	text	   *kind = PG_GETARG_TEXT_PP(5);
	text	   *actor = PG_GETARG_TEXT_PP(6);
	bytea	   *canon = PG_GETARG_BYTEA_PP(7);
	bytea	   *digest = palloc(VARHDRSZ + SHA256_SIZE);
	Sha256	   *hash = sha256_create();

	if (VARSIZE_ANY_EXHDR(salt) != SALT_SIZE || seq < 0 || TIMESTAMP_NOT_FINITE(at)
		|| VARSIZE_ANY_EXHDR(kind) > MAX_NAME_SIZE || VARSIZE_ANY_EXHDR(actor) > MAX_NAME_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ARGUMENT),
				 errmsg("entry does not fit its format"),
				 errdetail("The salt has 16 bytes, seq is not negative, at is finite, "
						   "kind and actor have at most 65535 bytes.")));
	sha256_begin(hash);
	sha256_add_int(hash, 0x10, 1);
	sha256_add(hash, VARDATA_ANY(salt), SALT_SIZE);
	sha256_add(hash, PG_GETARG_UUID_P(1)->data, UUID_LEN);
	sha256_add(hash, PG_GETARG_UUID_P(2)->data, UUID_LEN);
	sha256_add_int(hash, (uint64) seq, 4);
	sha256_add_int(hash, (uint64) (at + CLOCK_UNIX_OFFSET), 8);
	add_name(hash, kind);
	add_name(hash, actor);
	sha256_add_int(hash, VARSIZE_ANY_EXHDR(canon), 8);
	sha256_add(hash, VARDATA_ANY(canon), VARSIZE_ANY_EXHDR(canon));
	SET_VARSIZE(digest, VARHDRSZ + SHA256_SIZE);
	sha256_end(hash, (uint8 *) VARDATA(digest));
	sha256_free(hash);
	return digest;
}

Datum
portarium_hash_entry(PG_FUNCTION_ARGS)
{
	if (args_have_null(fcinfo))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(hash_entry(fcinfo));
}
