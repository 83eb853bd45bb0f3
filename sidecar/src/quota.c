/*
 * quota.c: how many requests each tenant has under way.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "quota.h"

#include <stdlib.h>
#include <string.h>

#define TENANT_DIGITS 32

typedef struct QuotaTenant
{
	char		tenant[TENANT_DIGITS];
	int			count;
	struct QuotaTenant *next;
} QuotaTenant;

/* The link that points to the tenant, or to where it would be added. */
static QuotaTenant **
find(Quota *quota, const char *tenant)
{
	unsigned int hash = 0;
	QuotaTenant **link;

	for (int i = 0; i < TENANT_DIGITS; i++)
		hash = hash * 31 + (unsigned char) tenant[i];
	link = &quota->buckets[hash % QUOTA_BUCKETS];
	while (*link != NULL && memcmp((*link)->tenant, tenant, TENANT_DIGITS) != 0)
		link = &(*link)->next;
	return link;
}

bool
quota_take(Quota *quota, const char *tenant)
{
	QuotaTenant **link = find(quota, tenant);

	if (*link == NULL)
	{
		*link = calloc(1, sizeof(QuotaTenant));
		if (*link == NULL)
			return false;
		memcpy((*link)->tenant, tenant, TENANT_DIGITS);
	}
	if ((*link)->count >= quota->max)
		return false;
	(*link)->count++;
	return true;
}

void
quota_give(Quota *quota, const char *tenant)
{
	QuotaTenant **link = find(quota, tenant);
	QuotaTenant *entry = *link;

	if (--entry->count > 0)
		return;
	*link = entry->next;
	free(entry);
}
