/*
 * ack.c
 *		Acknowledgements of executors that say nothing but a result: {"run_id", "token", "output"}.
 *
 * Everything else, well-formed or not, is for SQL to read or to refuse, so the forms accepted here are
 * the narrow ones that every executor of ours sends: a lower-case uuid, an integer.
 *
 * Memory: results are allocated in the current context; nothing points into what was given.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "ack.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define UUID_TEXT_SIZE 36
#define DASHES "\x08\x0D\x12\x17"
#define MAX_MEMBERS 3

static JsonbValue *
member(JsonbContainer *object, const char *name, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(object, name, strlen(name), value);
}

static bool
read_uuid(const JsonbValue *value, pg_uuid_t *uuid)
{
	char		given[UUID_TEXT_SIZE + 1];

	if (value == NULL || value->type != jbvString || value->val.string.len != UUID_TEXT_SIZE)
		return false;
	memcpy(given, value->val.string.val, UUID_TEXT_SIZE);
	given[UUID_TEXT_SIZE] = '\0';
	for (int i = 0; i < UUID_TEXT_SIZE; i++)
	{
		bool		dash = memchr(DASHES, i, sizeof(DASHES) - 1) != NULL;

		if (dash ? given[i] != '-' : strchr("0123456789abcdef", given[i]) == NULL)
			return false;
	}
	*uuid = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(given)));
	return true;
}

static bool
read_token(const JsonbValue *value, int64 *token)
{
	char	   *digits;
	char	   *end;

	if (value == NULL || value->type != jbvNumeric)
		return false;
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	errno = 0;
	*token = strtoll(digits, &end, 10);
	return errno == 0 && *end == '\0';
}

/* A missing result is the JSON value null. */
static Jsonb *
read_output(JsonbValue *value)
{
	JsonbValue	null = {.type = jbvNull};

	return JsonbValueToJsonb(value == NULL ? &null : value);
}

static bool
read_ack(JsonbValue *element, Ack *ack)
{
	JsonbContainer *object;
	JsonbValue	run,
				token,
				output;
	JsonbValue *result;

	if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
		return false;
	object = element->val.binary.data;
	result = member(object, "output", &output);
	if (JsonContainerSize(object) != MAX_MEMBERS - (result == NULL)
		|| !read_uuid(member(object, "run_id", &run), &ack->run)
		|| !read_token(member(object, "token", &token), &ack->token))
		return false;
	ack->output = read_output(result);
	return true;
}

static int
by_run(const void *left, const void *right)
{
	return memcmp(((const Ack *) left)->run.data, ((const Ack *) right)->run.data, UUID_LEN);
}

/*
 * The acknowledgements in the order of their runs, which is the order of locking. False when one is
 * not of this kind or two are of one run.
 */
bool
ack_read_all(Jsonb *given, Ack **acks, int *count)
{
	JsonbContainer *array = &given->root;

	if (!JsonContainerIsArray(array) || JsonContainerIsScalar(array))
		return false;
	*count = JsonContainerSize(array);
	*acks = palloc(sizeof(Ack) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		if (!read_ack(getIthJsonbValueFromContainer(array, i), &(*acks)[i]))
			return false;
	}
	qsort(*acks, *count, sizeof(Ack), by_run);
	for (int i = 1; i < *count; i++)
	{
		if (by_run(&(*acks)[i - 1], &(*acks)[i]) == 0)
			return false;
	}
	return true;
}
