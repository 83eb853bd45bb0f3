/*
 * rule.h
 *		What a plain result leads to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_RULE_H
#define PORTARIUM_RULE_H

#include "entry.h"
#include "row.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

/* Where a run stands that gets a result. The texts are datums. */
typedef struct Place
{
	pg_uuid_t	tenant;
	int32		def_id;
	Datum		workflow;
	Datum		tier;
	Datum		state;
} Place;

/* The end of the run with that result, or the next action. */
typedef struct Rule
{
	Place		place;
	bool		ends;
	Datum		next;			/* a state; from here on: unless it ends */
	Datum		adapter;
	Datum		limits;
	bool		no_limits;
	text	   *head;			/* of the entry's canonical text */
	text	   *middle;
	text	   *tail;
} Rule;

typedef struct RuleBook
{
	RowReader	states;
	RowReader	plans;
	Rule	   *last;
} RuleBook;

extern void rule_open(RuleBook *book);
extern const Rule *rule_find(RuleBook *book, const Place *place);
extern StringInfo rule_entry_text(const Rule *rule, const bytea *salt, Jsonb *result, int64 token,
								  int32 visit);
extern void rule_close(RuleBook *book);

#endif							/* PORTARIUM_RULE_H */
