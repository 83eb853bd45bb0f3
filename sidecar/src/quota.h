/*
 * quota.h: how many requests each tenant has under way.
 *
 * One tenant must not fill the lanes, so what it has in flight or waiting is counted and bounded.
 * A tenant is in the table only while it has some.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_QUOTA_H
#define SIDECAR_QUOTA_H

#include <stdbool.h>

#include "common/failure.h"

#define QUOTA_BUCKETS 256

typedef struct Quota
{
	struct QuotaTenant *buckets[QUOTA_BUCKETS];
	int			max;			/* of one tenant */
} Quota;

/* One more; false when the tenant (32 hex digits) has its maximum already, or out of memory. */
extern bool quota_take(Quota *quota, const char *tenant) MUST_CHECK;

/* One less; only after a quota_take that was true. */
extern void quota_give(Quota *quota, const char *tenant);

#endif							/* SIDECAR_QUOTA_H */
