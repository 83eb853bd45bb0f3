/*
 * task.c
 *		What a state asks of an executor: the operation that its resource names, as its adapter says
 *		(sql/54_definition.sql).
 *
 * A batch's jobs mostly are of one state, so the last task found is looked at first.
 *
 * Memory: tasks are allocated in the current context, and copied from the tables.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "task.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "words.h"

#define ACTION "portarium:action:"
#define ASKING ".waitForTaskToken"
#define DEFAULT_TIMEOUT_MS 60000

void
task_open(TaskBook *book)
{
	row_begin_read(&book->states, "definition_state");
	row_begin_read(&book->adapters, "adapter");
	book->last = NULL;
}

/* ACTION adapter "." operation. False: something else, or an action that only asks for its result. */
static bool
read_resource(const char *resource, Task *task)
{
	size_t		length = strlen(resource);
	const char *name = resource + strlen(ACTION);
	const char *dot;

	if (strncmp(resource, ACTION, strlen(ACTION)) != 0
		|| (length > strlen(ASKING) && strcmp(resource + length - strlen(ASKING), ASKING) == 0))
		return false;
	dot = strchr(name, '.');
	if (dot == NULL)
		return false;
	task->adapter = PointerGetDatum(cstring_to_text_with_len(name, dot - name));
	task->operation = CStringGetTextDatum(dot + 1);
	return true;
}

static bool
read_state(RowReader *states, Task *task)
{
	bool		is_null;
	Datum		resource;
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&task->tenant), false},
		{"def_id", F_INT4EQ, Int32GetDatum(task->def_id), false},
		{"name", F_TEXTEQ, task->state, false}
	};

	if (!row_find(states, NULL, keys, lengthof(keys)))
		return false;
	resource = row_get(states, "resource", &is_null);
	return !is_null && read_resource(TextDatumGetCString(resource), task);
}

static void
push_name(JsonbParseState **state, const char *name)
{
	JsonbValue	key = {.type = jbvString, .val.string = {strlen(name), unconstify(char *, name)}};

	(void) pushJsonbValue(state, WJB_KEY, &key);
}

static void
push_text(JsonbParseState **state, const char *name, const char *value)
{
	JsonbValue	json = {.type = jbvNull};

	if (value != NULL)
		json = (JsonbValue) {
			.type = jbvString, .val.string = {strlen(value), unconstify(char *, value)}
		};
	push_name(state, name);
	(void) pushJsonbValue(state, WJB_VALUE, &json);
}

/* The operation with the adapter's kind and base_url. */
static Jsonb *
spec_of(RowReader *adapters, Jsonb *operation)
{
	JsonbParseState *state = NULL;
	bool		is_null;
	Datum		base_url = row_get(adapters, "base_url", &is_null);
	Jsonb	   *more;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "base_url", is_null ? NULL : TextDatumGetCString(base_url));
	push_text(&state, "kind", TextDatumGetCString(row_get(adapters, "kind", &is_null)));
	more = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(operation),
											  JsonbPGetDatum(more)));
}

static bool
read_timeout(Jsonb *operation, Task *task)
{
	JsonbValue	room;
	JsonbValue *given = getKeyJsonValueFromContainer(&operation->root, "timeout_ms",
													 strlen("timeout_ms"), &room);

	task->timeout_ms = DEFAULT_TIMEOUT_MS;
	if (given == NULL)
		return true;
	if (given->type != jbvNumeric)
		return false;
	task->timeout_ms = DatumGetInt32(DirectFunctionCall1(numeric_int4,
														 NumericGetDatum(given->val.numeric)));
	return true;
}

static bool
read_adapter(RowReader *adapters, Task *task)
{
	bool		is_null;
	char	   *name = TextDatumGetCString(task->operation);
	Jsonb	   *operations,
			   *operation;
	JsonbValue	room,
			   *found;
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&task->tenant), false},
		{"name", F_TEXTEQ, task->adapter, false}
	};

	if (!row_find(adapters, NULL, keys, lengthof(keys)))
		return false;
	operations = DatumGetJsonbP(row_get(adapters, "operations", &is_null));
	found = getKeyJsonValueFromContainer(&operations->root, name, strlen(name), &room);
	if (found == NULL || found->type != jbvBinary)
		return false;
	operation = JsonbValueToJsonb(found);
	if (!read_timeout(operation, task))
		return false;
	task->spec = spec_of(adapters, operation);
	return true;
}

/* NULL: SQL has to say. */
const Task *
task_find(TaskBook *book, const pg_uuid_t *tenant, int32 def_id, Datum state)
{
	Task	   *task = book->last;

	if (task != NULL && task->def_id == def_id && words_are_same(task->state, state)
		&& memcmp(&task->tenant, tenant, UUID_LEN) == 0)
		return task;
	task = palloc0(sizeof(Task));
	task->tenant = *tenant;
	task->def_id = def_id;
	task->state = datumCopy(state, false, -1);
	if (!read_state(&book->states, task) || !read_adapter(&book->adapters, task))
		return NULL;
	book->last = task;
	return task;
}

/* With the heartbeat that the executor owes; 0: none. */
Jsonb *
task_spec(const Task *task, int64 heartbeat_ms)
{
	JsonbParseState *state = NULL;
	JsonbValue	beat = {.type = jbvNumeric};

	if (heartbeat_ms == 0)
		return task->spec;
	beat.val.numeric = DatumGetNumeric(DirectFunctionCall1(int8_numeric,
														   Int64GetDatum(heartbeat_ms)));
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_name(&state, "heartbeat_ms");
	(void) pushJsonbValue(&state, WJB_VALUE, &beat);
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(task->spec),
											  JsonbPGetDatum(JsonbValueToJsonb(
																pushJsonbValue(&state, WJB_END_OBJECT, NULL)))));
}

void
task_close(TaskBook *book)
{
	row_end_read(&book->adapters);
	row_end_read(&book->states);
}
