/*
 * calls.c: what the executor says to the database.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_TIMEOUT_MS 30000
#define CALLS_NUMBER 24
#define CALLS_DEFAULT_TIMEOUT_MS 60000

/* The columns of exchange, in the order in which they are asked for. */
enum
{
	COLUMN_KIND,
	COLUMN_TENANT_ID,
	COLUMN_RUN_ID,
	COLUMN_TOKEN,
	COLUMN_SPEC,
	COLUMN_INPUT,
	COLUMN_IDEMPOTENCY_KEY,
	COLUMN_ATTEMPT,
	COLUMN_TIMEOUT_MS,
	COLUMN_TRACEPARENT,
	COLUMN_ADAPTER
};

void
calls_register(Link *link, const char *name, const char *adapters, const char *capabilities)
{
	const char *params[] = {name, adapters, PORTARIUM_VERSION, capabilities};

	link_send(link, "select executor_id, epoch from portarium.register_executor($1, $2, $3, $4)",
			  4, params, CALLS_TIMEOUT_MS);
}

/* Sends a call whose first two parameters are the identity. */
static void
calls_send(Link *link, const char *sql, const Identity *identity, const char *third,
		   const char *fourth)
{
	char		id[CALLS_NUMBER];
	char		epoch[CALLS_NUMBER];
	const char *params[] = {id, epoch, third, fourth};

	(void) snprintf(id, sizeof(id), "%d", identity->executor_id);
	(void) snprintf(epoch, sizeof(epoch), "%d", identity->epoch);
	link_send(link, sql, fourth != NULL ? 4 : 3, params, CALLS_TIMEOUT_MS);
}

void
calls_exchange(Link *link, const Identity *identity, const char *acks, int want)
{
	char		number[CALLS_NUMBER];

	(void) snprintf(number, sizeof(number), "%d", want);
	calls_send(link,
			   "select kind, tenant_id, run_id, token, spec, input, idempotency_key, attempt,"
			   " timeout_ms, traceparent, adapter from portarium.exchange($1, $2, $3, $4)",
			   identity, acks, number);
}

void
calls_heartbeat(Link *link, const Identity *identity, const char *tokens)
{
	calls_send(link, "select token, state from portarium.heartbeat($1, $2, $3)", identity, tokens,
			   NULL);
}

void
calls_await(Link *link, const Identity *identity, int wait_ms)
{
	char		id[CALLS_NUMBER];
	char		number[CALLS_NUMBER];
	const char *params[] = {id, number};

	(void) snprintf(id, sizeof(id), "%d", identity->executor_id);
	(void) snprintf(number, sizeof(number), "%d", wait_ms);
	link_send(link, "call portarium.await($1, $2)", 2, params, wait_ms + CALLS_TIMEOUT_MS);
}

/* A column's text, NULL for null. */
static const char *
calls_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

static int
calls_int(const PGresult *result, int row, int column, int otherwise)
{
	const char *text = calls_text(result, row, column);

	return text != NULL ? (int) strtol(text, NULL, 10) : otherwise;
}

bool
calls_read_identity(const PGresult *result, Identity *identity)
{
	if (PQntuples(result) != 1 || PQnfields(result) != 2)
		return false;
	identity->executor_id = calls_int(result, 0, 0, 0);
	identity->epoch = calls_int(result, 0, 1, 0);
	return identity->executor_id > 0 && identity->epoch > 0;
}

bool
calls_read_job(const PGresult *result, int i, JobClaim *claim, int64_t *stale)
{
	const char *token = calls_text(result, i, COLUMN_TOKEN);
	const char *kind = calls_text(result, i, COLUMN_KIND);

	memset(claim, 0, sizeof(*claim));
	claim->token = token != NULL ? strtoll(token, NULL, 10) : 0;
	claim->tenant_id = calls_text(result, i, COLUMN_TENANT_ID);
	claim->run_id = calls_text(result, i, COLUMN_RUN_ID);
	*stale = claim->token;
	if (kind == NULL || strcmp(kind, "job") != 0)
		return false;

	claim->spec = calls_text(result, i, COLUMN_SPEC);
	claim->input = calls_text(result, i, COLUMN_INPUT);
	claim->idempotency_key = calls_text(result, i, COLUMN_IDEMPOTENCY_KEY);
	claim->traceparent = calls_text(result, i, COLUMN_TRACEPARENT);
	claim->adapter = calls_text(result, i, COLUMN_ADAPTER);
	claim->attempt = calls_int(result, i, COLUMN_ATTEMPT, 1);
	claim->timeout_ms = calls_int(result, i, COLUMN_TIMEOUT_MS, CALLS_DEFAULT_TIMEOUT_MS);
	if (claim->spec == NULL)
		claim->spec = "null";
	if (claim->input == NULL)
		claim->input = "null";
	return claim->run_id != NULL && claim->tenant_id != NULL && claim->adapter != NULL;
}

CallsState
calls_read_state(const PGresult *result, int i, int64_t *token)
{
	const char *state = PQgetvalue(result, i, 1);

	*token = strtoll(PQgetvalue(result, i, 0), NULL, 10);
	if (strcmp(state, "stale") == 0)
		return CALLS_STALE;
	return strcmp(state, "cancel") == 0 ? CALLS_CANCEL : CALLS_OK;
}

bool
calls_names(const char *list, Buf *literal)
{
	const char *separator = "{";

	do
	{
		size_t		len = strcspn(list, ",");

		if (len == 0 || strcspn(list, "\"\\{} \t") < len ||
			!buf_printf(literal, "%s\"%.*s\"", separator, (int) len, list))
			return false;
		separator = ",";
		list += len;
	} while (*list++ == ',');
	return buf_char(literal, '}');
}
