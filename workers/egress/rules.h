/*
 * rules.h: which hosts an adapter may reach, as the control plane says.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_RULES_H
#define EGRESS_RULES_H

#include <stdbool.h>

#include "common/pgconn.h"
#include "egress/demand.h"

typedef enum RulesAnswer
{
	RULES_ALLOWED,
	RULES_REFUSED,
	RULES_UNKNOWN				/* nobody could be asked */
} RulesAnswer;

typedef struct Rules Rules;

/* The target must outlive the result. */
extern Rules *rules_create(const PgTarget *target, int cache_ms) MUST_CHECK;
extern void rules_destroy(Rules *rules);

/* True once the control plane has answered. */
extern bool rules_check(Rules *rules, Failure *failure) MUST_CHECK;

/* Any thread. */
extern RulesAnswer rules_ask(Rules *rules, const Demand *demand);

#endif							/* EGRESS_RULES_H */
