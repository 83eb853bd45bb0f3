/*
 * canonical_api.c
 *		The SQL functions of canonical JSON: arguments in, bytes or an error out.
 *
 * The messages are those of sql/10_canonical.sql word for word. The result is built behind the room
 * for its own header, so it is not copied.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "canonical.h"
#include "canonical_api.h"
#include "errors.h"
#include "fmgr.h"
#include "utils/builtins.h"

#define MAX_TEXT_SIZE (16 * 1024 * 1024)
#define MAX_ENTRY_SIZE (64 * 1024)

static const CanonicalProfile json_profile = {.max_depth = 512,.integers = false};
static const CanonicalProfile entry_profile = {.max_depth = 32,.integers = true};

PG_FUNCTION_INFO_V1(portarium_canonical_json);
PG_FUNCTION_INFO_V1(portarium_canonical_entry);
PG_FUNCTION_INFO_V1(portarium_canonical_jsonb);

static void
raise_fault(CanonicalResult result, CanonicalProfile profile)
{
	switch (result.fault)
	{
		case CANONICAL_GOOD:
			break;
		case CANONICAL_MALFORMED:
			ereport(ERROR,
					(errcode(ERRCODE_MALFORMED_JSON),
					 errmsg("text is not JSON"),
					 errdetail("It goes wrong at byte %zu.", result.offset + 1)));
			break;
		case CANONICAL_DUPLICATE:
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_MEMBER),
					 errmsg("member \"%s\" occurs twice in an object", result.member)));
			break;
		case CANONICAL_INFINITE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMBER_OUTSIDE_PROFILE),
					 errmsg("number is too large for a double")));
			break;
		case CANONICAL_NOT_INTEGER:
			ereport(ERROR,
					(errcode(ERRCODE_NUMBER_OUTSIDE_PROFILE),
					 errmsg("number is not an integer between -(2^53 - 1) and 2^53 - 1"),
					 errhint("Write it as a string.")));
			break;
		case CANONICAL_TOO_DEEP:
			ereport(ERROR,
					(errcode(ERRCODE_TOO_LARGE_OR_DEEP),
					 errmsg("JSON is nested deeper than %d levels", profile.max_depth)));
			break;
	}
}

static bytea *
canonical_bytes(const char *json, size_t len, CanonicalProfile profile)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoSpaces(&out, VARHDRSZ);
	raise_fault(canonical_write(json, len, profile, &out), profile);
	SET_VARSIZE(out.data, out.len);
	return (bytea *) out.data;
}

static bytea *
canonical_of_text(text *json, CanonicalProfile profile)
{
	if (VARSIZE_ANY_EXHDR(json) > MAX_TEXT_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_LARGE_OR_DEEP),
				 errmsg("JSON is larger than 16 MiB")));
	return canonical_bytes(VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json), profile);
}

Datum
portarium_canonical_json(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(canonical_of_text(PG_GETARG_TEXT_PP(0), json_profile));
}

Datum
portarium_canonical_entry(PG_FUNCTION_ARGS)
{
	bytea	   *canon;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	canon = canonical_of_text(PG_GETARG_TEXT_PP(0), entry_profile);
	if (VARSIZE_ANY_EXHDR(canon) > MAX_ENTRY_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_LARGE_OR_DEEP),
				 errmsg("evidence entry is larger than 64 KiB")));
	PG_RETURN_BYTEA_P(canon);
}

bytea *
canonical_of_jsonb(Jsonb *json)
{
	StringInfoData printed;

	initStringInfo(&printed);
	JsonbToCString(&printed, &json->root, VARSIZE(json));
	return canonical_bytes(printed.data, printed.len, json_profile);
}

Datum
portarium_canonical_jsonb(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(canonical_of_jsonb(PG_GETARG_JSONB_P(0)));
}
