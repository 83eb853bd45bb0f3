/*
 * rules.c: which hosts an adapter may reach, as the control plane says.
 *
 * One connection, one question at a time; answers are kept for a few seconds in a table of fixed
 * size where a new one takes the place of another.  Nothing is ever allowed on an old answer: when
 * it has expired and nobody can be asked, the question stays open.
 *
 * lock guards the connection and the table.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/rules.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

#define RULES_CACHE 1024
#define RULES_KEY (DEMAND_TENANT_LEN + DEMAND_ADAPTER_MAX + DEMAND_HOST_MAX + 16)
#define RULES_SQL "select portarium.egress_allowed($1, $2, $3, $4)"

typedef struct RulesEntry
{
	char		key[RULES_KEY];
	int64_t		until_ms;
	RulesAnswer answer;
} RulesEntry;

struct Rules
{
	pthread_mutex_t lock;
	const PgTarget *target;
	int			cache_ms;
	PGconn	   *conn;
	RulesEntry	entries[RULES_CACHE];
};

Rules *
rules_create(const PgTarget *target, int cache_ms)
{
	Rules	   *rules = calloc(1, sizeof(*rules));

	if (rules == NULL)
		return NULL;
	(void) pthread_mutex_init(&rules->lock, NULL);
	rules->target = target;
	rules->cache_ms = cache_ms;
	return rules;
}

void
rules_destroy(Rules *rules)
{
	if (rules == NULL)
		return;
	PQfinish(rules->conn);
	(void) pthread_mutex_destroy(&rules->lock);
	free(rules);
}

/* A place by FNV-1a. */
static RulesEntry *
rules_entry(Rules *rules, const char *key)
{
	uint32_t	hash = 2166136261U;

	for (const char *at = key; *at != '\0'; at++)
		hash = (hash ^ (unsigned char) *at) * 16777619U;
	return &rules->entries[hash % RULES_CACHE];
}

/* One call; a connection that was lost since the last one is made anew, once. */
static PGresult *
rules_call(Rules *rules, const char *const params[4], Failure *failure)
{
	PGresult   *result = NULL;

	for (int attempt = 0; result == NULL && attempt < 2; attempt++)
	{
		if (rules->conn == NULL)
			rules->conn = pgconn_open(rules->target, failure);
		if (rules->conn == NULL)
			return NULL;
		result = pgconn_call(rules->conn, RULES_SQL, 4, params, failure);
		if (result != NULL || PQstatus(rules->conn) == CONNECTION_OK)
			break;
		PQfinish(rules->conn);
		rules->conn = NULL;
	}
	return result;
}

static RulesAnswer
rules_fetch(Rules *rules, const Demand *demand)
{
	char		port[16];
	const char *params[] = {demand->identity.tenant, demand->identity.adapter, demand->host, port};
	RulesAnswer answer;
	PGresult   *result;
	Failure		failure;

	(void) snprintf(port, sizeof(port), "%d", demand->port);
	result = rules_call(rules, params, &failure);
	if (result == NULL)
	{
		log_error("the control plane cannot be asked", log_text("sqlstate", failure.sqlstate),
				  log_text("reason", failure.message));
		return RULES_UNKNOWN;
	}
	answer = strcmp(PQgetvalue(result, 0, 0), "t") == 0 ? RULES_ALLOWED : RULES_REFUSED;
	PQclear(result);
	return answer;
}

RulesAnswer
rules_ask(Rules *rules, const Demand *demand)
{
	char		key[RULES_KEY];
	RulesEntry *entry;
	RulesAnswer answer;

	(void) snprintf(key, sizeof(key), "%s/%s/%s:%d", demand->identity.tenant,
					demand->identity.adapter,
					demand->host, demand->port);
	(void) pthread_mutex_lock(&rules->lock);
	entry = rules_entry(rules, key);
	if (strcmp(entry->key, key) != 0 || clock_ms() >= entry->until_ms)
	{
		memcpy(entry->key, key, sizeof(key));
		entry->answer = rules_fetch(rules, demand);
		entry->until_ms = entry->answer == RULES_UNKNOWN ? 0 : clock_ms() + rules->cache_ms;
	}
	answer = entry->answer;
	(void) pthread_mutex_unlock(&rules->lock);
	return answer;
}

bool
rules_check(Rules *rules, Failure *failure)
{
	static const char *const params[] = {
		"00000000-0000-0000-0000-000000000000", "none", "none.invalid", "443"
	};
	PGresult   *result = rules_call(rules, params, failure);

	PQclear(result);
	return result != NULL;
}
