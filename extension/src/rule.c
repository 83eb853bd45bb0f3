/*
 * rule.c
 *		What a plain result leads to: the end of the run (definition_state.ends_with_result of
 *		sql/30_asl_types.sql), or the next action, planned ahead (sql/69_step_plan.sql).
 *
 * A batch's runs mostly stand in the same place, so the last rule found is looked at first.
 *
 * Memory: rules are allocated in the current context, and copied from the tables.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "hash.h"
#include "rule.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "words.h"

void
rule_open(RuleBook *book)
{
	row_begin_read(&book->states, "definition_state");
	row_begin_read(&book->plans, "step_plan");
	book->last = NULL;
}

static bool
same_place(const Place *a, const Place *b)
{
	return memcmp(&a->tenant, &b->tenant, UUID_LEN) == 0 && a->def_id == b->def_id
		&& words_are_same(a->state, b->state) && words_are_same(a->workflow, b->workflow)
		&& words_are_same(a->tier, b->tier);
}

static Datum
copy_text(Datum value)
{
	return datumCopy(value, false, -1);
}

static Rule *
begin_rule(const Place *place)
{
	Rule	   *rule = palloc0(sizeof(Rule));

	rule->place = *place;
	rule->place.workflow = copy_text(place->workflow);
	rule->place.tier = copy_text(place->tier);
	rule->place.state = copy_text(place->state);
	return rule;
}

static bool
ends_with_result(RuleBook *book, const Place *place)
{
	bool		is_null;
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&place->tenant), false},
		{"def_id", F_INT4EQ, Int32GetDatum(place->def_id), false},
		{"name", F_TEXTEQ, place->state, false}
	};

	return row_find(&book->states, NULL, keys, lengthof(keys))
		&& DatumGetBool(row_get(&book->states, "ends_with_result", &is_null));
}

static void
copy_plan(RowReader *plans, Rule *rule)
{
	bool		is_null;

	rule->next = row_get_copy(plans, "cur", false, &is_null);
	rule->adapter = row_get_copy(plans, "adapter", false, &is_null);
	rule->limits = row_get_copy(plans, "limits", false, &rule->no_limits);
	rule->head = DatumGetTextPP(row_get_copy(plans, "head", false, &is_null));
	rule->middle = DatumGetTextPP(row_get_copy(plans, "middle", false, &is_null));
	rule->tail = DatumGetTextPP(row_get_copy(plans, "tail", false, &is_null));
}

/* A plan is of the workflow's newest version; the run may be of another. */
static bool
find_plan(RowReader *plans, const Place *place)
{
	bool		is_null;
	RowKey		keys[] = {
		{"tenant_id", F_UUID_EQ, UUIDPGetDatum(&place->tenant), false},
		{"workflow", F_TEXTEQ, place->workflow, false},
		{"state", F_TEXTEQ, place->state, false}
	};

	return row_find(plans, NULL, keys, lengthof(keys))
		&& DatumGetInt32(row_get(plans, "def_id", &is_null)) == place->def_id
		&& words_are_same(row_get(plans, "tier", &is_null), place->tier);
}

/* NULL: the planner has to say. */
const Rule *
rule_find(RuleBook *book, const Place *place)
{
	Rule	   *rule = book->last;

	if (rule != NULL && same_place(&rule->place, place))
		return rule;
	rule = begin_rule(place);
	rule->ends = ends_with_result(book, place);
	if (!rule->ends)
	{
		if (!find_plan(&book->plans, place))
			return NULL;
		copy_plan(&book->plans, rule);
	}
	book->last = rule;
	return rule;
}

/* In canonical form: the members in order, the state's name escaped as RFC 8785 wants. */
StringInfo
rule_entry_text(const Rule *rule, const bytea *salt, Jsonb *result, int64 token, int32 visit)
{
	StringInfo	out = entry_begin_text();

	if (rule->ends)
		appendStringInfoString(out, "{\"out\":\"");
	else
		entry_add_text(out, rule->head);
	hash_add_commitment(out, salt, result);
	if (rule->ends)
	{
		appendStringInfoString(out, "\",\"state\":");
		escape_json(out, TextDatumGetCString(rule->place.state));
		appendStringInfo(out, ",\"token\":" INT64_FORMAT "}", token);
		return out;
	}
	entry_add_text(out, rule->middle);
	appendStringInfo(out, INT64_FORMAT, token);
	entry_add_text(out, rule->tail);
	appendStringInfo(out, "%d}", visit);
	return out;
}

void
rule_close(RuleBook *book)
{
	row_end_read(&book->plans);
	row_end_read(&book->states);
}
