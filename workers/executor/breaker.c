/*
 * breaker.c: destinations that are left alone for a while.
 *
 * Only destinations that have just failed are remembered, in a table of fixed size: a few places
 * for each hash, where the one whose time is over the longest makes room.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/breaker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BREAKER_GROUPS 256
#define BREAKER_PLACES 4
#define BREAKER_KEY 512
#define BREAKER_RETRY_AFTER_MAX_MS 300000

typedef struct Destination
{
	char		key[BREAKER_KEY];	/* empty: the place is free */
	int			failures;		/* in a row */
	int64_t		until_ms;		/* closed again from then on, for one trial; 0: closed */
} Destination;

struct Breaker
{
	int			failures;
	int			open_ms;
	Destination places[BREAKER_GROUPS][BREAKER_PLACES];
};

Breaker *
breaker_create(int failures, int open_ms)
{
	Breaker    *breaker = calloc(1, sizeof(*breaker));

	if (breaker != NULL)
	{
		breaker->failures = failures;
		breaker->open_ms = open_ms;
	}
	return breaker;
}

void
breaker_destroy(Breaker *breaker)
{
	free(breaker);
}

/* Tenant and origin; the group of places by FNV-1a. */
static Destination *
breaker_group(Breaker *breaker, const char *tenant_id, const char *url, char key[BREAKER_KEY])
{
	const char *host = strstr(url, "://");
	size_t		origin = host != NULL ? (size_t) (host - url) + 3 : 0;
	uint32_t	hash = 2166136261U;

	origin += strcspn(url + origin, "/?");
	(void) snprintf(key, BREAKER_KEY, "%s %.*s", tenant_id, (int) origin, url);
	for (const char *at = key; *at != '\0'; at++)
		hash = (hash ^ (unsigned char) *at) * 16777619U;
	return breaker->places[hash % BREAKER_GROUPS];
}

static Destination *
breaker_find(Breaker *breaker, const char *tenant_id, const char *url)
{
	char		key[BREAKER_KEY];
	Destination *group = breaker_group(breaker, tenant_id, url, key);

	for (int i = 0; i < BREAKER_PLACES; i++)
	{
		if (strcmp(group[i].key, key) == 0)
			return &group[i];
	}
	return NULL;
}

/* The destination's place; a new one where there is none, or where the time is over the longest. */
static Destination *
breaker_place(Breaker *breaker, const char *tenant_id, const char *url)
{
	Destination *found = breaker_find(breaker, tenant_id, url);
	char		key[BREAKER_KEY];
	Destination *group;

	if (found != NULL)
		return found;
	group = breaker_group(breaker, tenant_id, url, key);
	found = group;
	for (int i = 1; i < BREAKER_PLACES; i++)
	{
		if (group[i].until_ms < found->until_ms)
			found = &group[i];
	}
	memset(found, 0, sizeof(*found));
	memcpy(found->key, key, sizeof(key));
	return found;
}

bool
breaker_admits(Breaker *breaker, const char *tenant_id, const char *url, int64_t now_ms,
			   int64_t *wait_ms)
{
	Destination *place = breaker_find(breaker, tenant_id, url);

	*wait_ms = 0;
	if (place == NULL || place->until_ms == 0)
		return true;
	if (now_ms < place->until_ms)
	{
		*wait_ms = place->until_ms - now_ms;
		return false;
	}
	/* This one is the trial; if nobody tells how it went, there will be another one. */
	place->until_ms = now_ms + breaker->open_ms;
	return true;
}

void
breaker_good(Breaker *breaker, const char *tenant_id, const char *url)
{
	Destination *place = breaker_find(breaker, tenant_id, url);

	if (place != NULL)
		memset(place, 0, sizeof(*place));
}

void
breaker_bad(Breaker *breaker, const char *tenant_id, const char *url, int64_t now_ms,
			int64_t retry_after_ms)
{
	Destination *place = breaker_place(breaker, tenant_id, url);
	int64_t		open_ms = 0;

	place->failures++;
	if (breaker->failures > 0 && place->failures >= breaker->failures)
		open_ms = breaker->open_ms;
	if (retry_after_ms > BREAKER_RETRY_AFTER_MAX_MS)
		retry_after_ms = BREAKER_RETRY_AFTER_MAX_MS;
	if (retry_after_ms > open_ms)
		open_ms = retry_after_ms;
	if (open_ms > 0 && now_ms + open_ms > place->until_ms)
		place->until_ms = now_ms + open_ms;
}
