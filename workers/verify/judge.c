/*
 * judge.c: the records of retention, holds and dispositions, replayed over what is missing.
 *
 * Order: the records in the order of their numbers, which the database gives one after the other; at
 * each the rules and the holds are those that were in force.  An authorisation is judged where it
 * stands; a hold that comes before the disposition was carried out is judged where it was placed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "verify/lawful.h"

#define DAY_US ((int64_t) 86400 * 1000000)

typedef struct Judge
{
	Lawful	   *lawful;
	size_t		now;			/* the record that is replayed */
	int64_t    *index;			/* of the first entry of what is found */
	Failure    *failure;
} Judge;

static const char *
judge_text(const LawfulRecord *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record->body, name));

	return text != NULL ? text : "";
}

static int64_t
judge_number(const LawfulRecord *record, const char *name)
{
	return json_integer_value(json_object_get(record->body, name));
}

static bool
judge_finding(const Judge *judge, const LawfulTaken *taken, const char *what)
{
	*judge->index = taken->first;
	failure_set(judge->failure, "disposition \"%s\" %s", taken->id, what);
	return false;
}

/* The last record before now of a kind, of a stream or, with a category, about that; NULL: none. */
static const LawfulRecord *
judge_last(const Judge *judge, const char *kind, const char *stream, const char *category)
{
	for (size_t i = judge->now; i > 0; i--)
	{
		const LawfulRecord *record = &judge->lawful->records[i - 1];

		if (strcmp(record->kind, kind) == 0 &&
			(stream == NULL || strcmp(record->stream, stream) == 0) &&
			(category == NULL || strcmp(judge_text(record, "category"), category) == 0))
			return record;
	}
	return NULL;
}

/* Days that a class is kept for at least; 0: it is not one that ends. */
static int64_t
judge_floor(const char *class)
{
	return strcmp(class, "Operational") == 0 ? 30 : strcmp(class, "Compliance") == 0 ? 365 : 0;
}

/* A time of the hold's scope; otherwise when it has none. */
static int64_t
judge_time(const LawfulRecord *hold, const char *name, int64_t otherwise)
{
	int64_t		at_us;

	return record_time_parse(judge_text(hold, name), &at_us) ? at_us : otherwise;
}

/* Does the hold cover an entry that the disposition took? */
static bool
judge_covers(const Judge *judge, const LawfulRecord *hold, const LawfulTaken *taken)
{
	const Lawful *lawful = judge->lawful;
	const char *category = judge_text(hold, "category");
	const char *run = judge_text(hold, "run");
	unsigned char stream[UUID_SIZE];
	const int64_t from_us = judge_time(hold, "from", INT64_MIN);
	const int64_t to_us = judge_time(hold, "to", INT64_MAX);
	const bool	of_run = record_uuid_parse(run, stream);

	if (judge_text(hold, "subject")[0] != '\0')
		return false;
	for (size_t i = 0; i < lawful->n_items; i++)
	{
		const LawfulItem *item = &lawful->items[i];

		if (&lawful->taken[item->taken] == taken &&
			(category[0] == '\0' || strcmp(category, item->app ? "app" : "history") == 0) &&
			(!of_run || memcmp(stream, item->stream, UUID_SIZE) == 0) && item->at_us >= from_us &&
			item->at_us < to_us)
			return true;
	}
	return false;
}

static bool
judge_holds(const Judge *judge, const LawfulTaken *taken)
{
	const LawfulRecord *records = judge->lawful->records;

	for (size_t i = 0; i < judge->now; i++)
	{
		if (strcmp(records[i].kind, "hold.placed") == 0 &&
			judge_last(judge, "hold.released", records[i].stream, NULL) == NULL &&
			judge_covers(judge, &records[i], taken))
			return judge_finding(judge, taken, "took away what was held");
	}
	return true;
}

/* Two people said so, of exactly these entries. */
static bool
judge_people(const Judge *judge, const LawfulRecord *record, const LawfulTaken *taken)
{
	const LawfulRecord *proposal = judge_last(judge, "disposition.proposed", record->stream, NULL);
	char		digest[2 * DIGEST_SIZE + 1];

	hex_encode(taken->digest, DIGEST_SIZE, digest);
	if (strcmp(judge_text(record, "digest"), digest) != 0 ||
		judge_number(record, "items") != taken->items)
		return judge_finding(judge, taken, "authorised other entries");
	if (proposal == NULL || strcmp(judge_text(proposal, "digest"), digest) != 0 ||
		strcmp(proposal->actor, judge_text(record, "proposed_by")) != 0)
		return judge_finding(judge, taken, "was not proposed like this");
	if (strcmp(proposal->actor, record->actor) == 0)
		return judge_finding(judge, taken, "was authorised by who proposed it");
	return true;
}

/* All of it belongs to the category and is older than the time that was named. */
static bool
judge_items(const Judge *judge, const LawfulTaken *taken, const char *category, int64_t before_us)
{
	const Lawful *lawful = judge->lawful;

	for (size_t i = 0; i < lawful->n_items; i++)
	{
		const LawfulItem *item = &lawful->items[i];

		if (&lawful->taken[item->taken] != taken)
			continue;
		if (strcmp(category, item->app ? "app" : "history") != 0)
			return judge_finding(judge, taken, "took away another category");
		if (item->at_us >= before_us)
			return judge_finding(judge, taken, "took away what was too young");
	}
	return taken->bound_us < before_us ||
		judge_finding(judge, taken, "took away what stands behind younger entries");
}

/* The retention that was in force allowed it. */
static bool
judge_policy(const Judge *judge, const LawfulRecord *record, const LawfulTaken *taken)
{
	const char *category = judge_text(record, "category");
	const LawfulRecord *policy = judge_last(judge, "retention.set", NULL, category);
	int64_t		floor;
	int64_t		days;
	int64_t		before_us;

	if (policy == NULL || judge_number(policy, "version") != judge_number(record, "version"))
		return judge_finding(judge, taken, "goes by a retention that was not in force");
	floor = judge_floor(judge_text(policy, "class"));
	days = judge_number(policy, "days");
	if (floor == 0 || days < floor || strcmp(judge_text(record, "action"), "Destroy") != 0)
		return judge_finding(judge, taken, "goes by a retention that does not allow it");
	if (!record_time_parse(judge_text(record, "before"), &before_us) ||
		record->at_us - days * DAY_US < before_us)
		return judge_finding(judge, taken, "was authorised before the time was over");
	return judge_items(judge, taken, category, before_us);
}

static bool
judge_record(Judge *judge)
{
	Lawful	   *lawful = judge->lawful;
	const LawfulRecord *record = &lawful->records[judge->now];

	for (size_t i = 0; i < lawful->n_taken; i++)
	{
		LawfulTaken *taken = &lawful->taken[i];
		const bool	own = strcmp(taken->id, record->stream) == 0;

		if (own && strcmp(record->kind, "disposition.carried_out") == 0)
			taken->carried_out = true;
		if (!taken->authorised || taken->carried_out)
			continue;
		if (strcmp(record->kind, "hold.placed") == 0 && judge_covers(judge, record, taken))
			return judge_finding(judge, taken, "took away what was held");
	}
	if (strcmp(record->kind, "disposition.authorised") != 0)
		return true;
	for (size_t i = 0; i < lawful->n_taken; i++)
	{
		LawfulTaken *taken = &lawful->taken[i];

		if (strcmp(taken->id, record->stream) != 0)
			continue;
		taken->authorised = judge_people(judge, record, taken) &&
			judge_policy(judge, record, taken) && judge_holds(judge, taken);
		return taken->authorised;
	}
	return true;
}

static int
judge_compare(const void *a, const void *b)
{
	const int64_t x = ((const LawfulRecord *) a)->number;
	const int64_t y = ((const LawfulRecord *) b)->number;

	return (x > y) - (x < y);
}

bool
lawful_judge(Lawful *lawful, int64_t *index, Failure *failure)
{
	Judge		judge = {.lawful = lawful, .index = index, .failure = failure};

	if (lawful->n_taken == 0)
		return true;
	*index = lawful->taken[0].first;
	if (lawful->n_records > 0)
		qsort(lawful->records, lawful->n_records, sizeof(*lawful->records), judge_compare);
	for (; judge.now < lawful->n_records; judge.now++)
	{
		const LawfulRecord *record = &lawful->records[judge.now];

		if (record->number != (int64_t) judge.now + 1)
		{
			failure_set(failure, "record %zu of retention, holds and dispositions is not there",
						judge.now + 1);
			return false;
		}
		if (!judge_record(&judge))
			return false;
	}
	for (size_t i = 0; i < lawful->n_taken; i++)
	{
		if (!lawful->taken[i].authorised)
			return judge_finding(&judge, &lawful->taken[i], "was never authorised");
	}
	return true;
}
