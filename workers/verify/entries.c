/*
 * entries.c: the part of a bundle between its manifest and its meta line: one entry for each index.
 *
 * Order: lines are read into batches until one stands for no entry; a crew checks batches side by side; they come
 * back in order, and what concerns more than one entry is done then, line by line: the time between two, the
 * records and missing entries that lawfulness is judged by (lawful.h), the tree.  The first finding ends it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/entries.h"

#include <stdlib.h>
#include <string.h>

#include "verify/crew.h"
#include "verify/progress.h"

void
entries_init(Entries *entries, Reader *reader, Report *report, int64_t max_gap_us)
{
	memset(entries, 0, sizeof(*entries));
	entries->reader = reader;
	entries->report = report;
	entries->max_gap_us = max_gap_us;
	merkle_init(&entries->tree);
	buf_init(&entries->again, READER_LINE_MAX);
}

void
entries_free(Entries *entries)
{
	lawful_free(&entries->lawful);
	buf_free(&entries->again);
}

/* Does the line that was read belong to the entries? */
static bool
entries_is_one(Entries *entries, const char *line)
{
	if (batch_is_payload(line))
		return entries->place.idx > 0;
	if (!batch_is_entry(line) || entries->place.idx == entries->report->size)
		return false;
	entries->place.idx++;
	return true;
}

/* Fills a batch; false when no more entries come, with the failure's message when the file is at fault. */
static bool
entries_gather(Entries *entries, Batch *batch, Failure *failure)
{
	Reader	   *reader = entries->reader;

	while (batch->n < BATCH_LINES && batch->text.len < BATCH_TEXT)
	{
		const size_t start = batch->text.len;

		if (!reader_append(reader, &batch->text, failure))
		{
			buf_truncate(&batch->text, start);
			return false;
		}
		if (!entries_is_one(entries, batch->text.data + start))
		{
			if (!reader_give_back(reader, batch->text.data + start, batch->text.len - start))
				failure_set(failure, "memory is short");
			buf_truncate(&batch->text, start);
			return false;
		}
		batch_take(batch, start);
	}
	return true;
}

/* Late committers stand behind later entries, so the latest time so far counts. */
static bool
entries_gap(const Entries *entries, int64_t at_us, Failure *failure)
{
	const int64_t last_us = entries->lawful.latest_us;

	if (entries->max_gap_us == 0 || entries->report->entries == 0 || entries->absent ||
		at_us - last_us <= entries->max_gap_us)
		return true;
	failure_set(failure, "no entry for %lld seconds before it",
				(long long) ((at_us - last_us) / 1000000));
	return false;
}

/* What is judged at the end is parsed once more: it is rare. */
static bool
entries_keep(Entries *entries, const Batch *batch, unsigned i, Failure *failure)
{
	const Buf	line = batch_line(batch, i);
	Fields		fields;
	bool		ok;

	if (!fields_parse(&line, &entries->again, &fields, failure))
		return false;
	ok = fields.type == LINE_DISPOSED ? lawful_disposed(&entries->lawful, &fields, failure) :
		lawful_record(&entries->lawful, &fields, failure);
	fields_free(&fields);
	return ok;
}

/* A line that holds by itself. */
static bool
entries_take(Entries *entries, const Batch *batch, unsigned i, Failure *failure)
{
	const BatchLine *line = &batch->line[i];
	Report	   *report = entries->report;

	if (line->type == LINE_PAYLOAD)
	{
		report->payloads++;
		return true;
	}
	report->withheld += line->type == LINE_WITHHELD;
	report->disposed += line->type == LINE_DISPOSED;
	if (line->type == LINE_ENTRY)
	{
		if (!entries_gap(entries, line->at_us, failure))
			return false;
		lawful_passed(&entries->lawful, line->at_us);
	}
	entries->absent = line->type != LINE_ENTRY;
	if ((line->record || line->type == LINE_DISPOSED) && !entries_keep(entries, batch, i, failure))
		return false;
	report->entries++;
	return true;
}

/* A batch that has come back. */
static bool
entries_join(Entries *entries, const Batch *batch)
{
	Report	   *report = entries->report;
	Failure		failure;

	for (unsigned i = 0; i < batch->good; i++)
	{
		if (!entries_take(entries, batch, i, &failure))
			return report_finding(report, VERDICT_TAMPERED, (int64_t) report->entries,
								  batch->first_line + i, failure.message);
	}
	if (batch->good < batch->n)
		return report_finding(report, VERDICT_TAMPERED, batch->bad_index,
							  batch->first_line + batch->good, batch->failure.message);
	progress_tell(batch->place.idx, report->entries, report->size);
	return run_join(&entries->tree, &batch->run) ||
		report_finding(report, VERDICT_UNUSABLE, -1, batch->first_line, "could not hash");
}

/* Takes back the batch that was given first; false when there is none, or a finding. */
static bool
entries_take_back(Entries *entries, Crew *crew)
{
	Batch	   *oldest = crew_oldest(crew);

	if (oldest == NULL || !entries_join(entries, oldest))
		return false;
	crew_taken(crew);
	return true;
}

/* Gives one batch more; false when it was the last. */
static bool
entries_give(Entries *entries, Crew *crew, Batch *batch, const Batch *before, Failure *failure)
{
	bool		more;

	if (!batch_begin(batch, &entries->place, entries->reader->lines + 1, before))
	{
		failure_set(failure, "memory is short");
		return false;
	}
	more = entries_gather(entries, batch, failure);
	if (batch->n > 0)
		crew_give(crew);
	return more;
}

/* What stands where an entry is missing. */
static bool
entries_missing(Entries *entries, Failure *failure)
{
	Fields		fields;

	if (fields_parse(&entries->reader->line, &entries->again, &fields, failure))
	{
		fields_free(&fields);
		failure_set(failure, "entry is missing");
	}
	return false;
}

/* Gives batches as long as there are entries, and takes all of them back. */
static bool
entries_run(Entries *entries, Crew *crew)
{
	Report	   *report = entries->report;
	Failure		failure = {0};
	bool		more = true;

	while (more)
	{
		const Batch *before;
		Batch	   *batch = crew_room(crew, &before);

		if (batch != NULL)
			more = entries_give(entries, crew, batch, before, &failure);
		else if (!entries_take_back(entries, crew))
			return false;
	}
	while (entries_take_back(entries, crew))
		;
	if (report->verdict != VERDICT_GOOD)
		return false;
	if (failure.message[0] == '\0' &&
		(entries->place.idx == report->size || entries_missing(entries, &failure)))
		return true;
	return report_finding(report, VERDICT_TAMPERED, (int64_t) entries->place.idx,
						  entries->reader->lines, failure.message);
}

bool
entries_verify(Entries *entries)
{
	Crew	   *crew = malloc(sizeof(Crew));
	bool		ok;

	if (crew == NULL)
		return report_finding(entries->report, VERDICT_UNUSABLE, -1, 0, "memory is short");
	crew_begin(crew);
	ok = entries_run(entries, crew);
	crew_end(crew);
	free(crew);
	return ok;
}
