/*
 * batch.c: some lines of a bundle that stand for entries, with the payloads behind them.
 *
 * Order: each entry is hashed and chained to the leaf before it, as that is written, for whoever checks that one
 * compares it; its leaf goes into a run of the tree; payloads behind it are compared with what it commits to.
 * The first finding ends it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/batch.h"

#include <string.h>

#include "common/hex.h"
#include "verify/lawful.h"
#include "verify/payload.h"

/* a buffer that one long line has made longer is not kept */
#define BATCH_KEEP (2 * BATCH_TEXT)

/* While a batch is checked. */
typedef struct Check
{
	Batch	   *batch;
	Buf		   *again;
	EntryPlace	place;			/* of the next entry */
	PayloadEntry last;			/* the last one, when payloads stand behind it */
} Check;

static void
batch_reset(Buf *buf)
{
	if (buf->cap > BATCH_KEEP)
		buf_free(buf);
	else
		buf_reset(buf);
}

void
batch_init(Batch *batch)
{
	memset(batch, 0, sizeof(*batch));
	buf_init(&batch->text, BATCH_TEXT + READER_LINE_MAX);
	buf_init(&batch->lead, READER_LINE_MAX);
}

void
batch_free(Batch *batch)
{
	buf_free(&batch->text);
	buf_free(&batch->lead);
}

Buf
batch_line(const Batch *batch, unsigned i)
{
	const size_t start = batch->line[i].start;
	const size_t end = i + 1 < batch->n ? batch->line[i + 1].start : batch->text.len;

	return (Buf) {.data = batch->text.data + start, .len = end - start};
}

/* Members come in canonical order, so the first one tells. */
static bool
batch_begins(const char *line, const char *member)
{
	return strncmp(line, member, strlen(member)) == 0;
}

bool
batch_is_entry(const char *line)
{
	return batch_begins(line, "{\"actor\":") || batch_begins(line, "{\"entry_hash\":") ||
		batch_begins(line, "{\"at\":");
}

bool
batch_is_payload(const char *line)
{
	return batch_begins(line, "{\"data\":");
}

/* The lead of what follows. */
static bool
batch_lead(const Batch *batch, Buf *lead)
{
	for (unsigned i = batch->n; i > 0; i--)
	{
		const Buf	line = batch_line(batch, i - 1);

		if (batch_is_entry(line.data))
			return buf_append(lead, line.data, line.len);
	}
	return buf_append(lead, batch->lead.data, batch->lead.len);
}

bool
batch_begin(Batch *batch, const EntryPlace *place, uint64_t first_line, const Batch *before)
{
	batch_reset(&batch->text);
	batch_reset(&batch->lead);
	batch->n = 0;
	batch->place = *place;
	batch->first_line = first_line;
	return before == NULL || batch_lead(before, &batch->lead);
}

void
batch_take(Batch *batch, size_t start)
{
	batch->line[batch->n++].start = start;
}

/* The leaf that the first entry goes on from, and the entry that payloads at the begin belong to. */
static bool
check_lead(Check *check)
{
	const Batch *batch = check->batch;
	const char *hash;
	Fields		fields;
	bool		ok;

	if (batch->lead.len == 0)
		return true;
	if (!fields_parse(&batch->lead, check->again, &fields, &check->batch->failure))
		return false;
	hash = entry_leaf_text(&fields);
	ok = hash != NULL && hex_decode(hash, check->place.prev_leaf, DIGEST_SIZE);
	if (ok && fields.type == LINE_ENTRY && batch_is_payload(batch->text.data))
		payload_keep(&check->last, &fields);
	fields_free(&fields);
	if (!ok)
		failure_set(&check->batch->failure, "the entry before it has no leaf");
	return ok;
}

/* Does a payload stand behind this line? */
static bool
check_is_wanted(const Batch *batch, unsigned i)
{
	return i + 1 < batch->n && batch_is_payload(batch->text.data + batch->line[i + 1].start);
}

/* A line that stands for an entry. */
static bool
check_entry(Check *check, const Fields *fields, unsigned i, unsigned char leaf[DIGEST_SIZE])
{
	Batch	   *batch = check->batch;
	BatchLine  *line = &batch->line[i];

	payload_forget(&check->last);
	if (fields->type != LINE_ENTRY)
		return entry_check_absent(fields, &check->place, leaf, &batch->failure);
	if (!entry_check(fields, &check->place, leaf, &line->at_us, &batch->failure))
		return false;
	line->record = lawful_is_record(fields->field[ENTRY_KIND].text);
	if (check_is_wanted(batch, i))
		payload_keep(&check->last, fields);
	return true;
}

static bool
check_fields(Check *check, const Fields *fields, unsigned i)
{
	Batch	   *batch = check->batch;
	unsigned char leaf[DIGEST_SIZE];

	batch->line[i].type = fields->type;
	if (fields->type == LINE_PAYLOAD)
		return payload_check(&check->last, fields, &batch->failure);
	if (!check_entry(check, fields, i, leaf))
		return false;
	if (!run_append(&batch->run, leaf))
	{
		failure_set(&batch->failure, "could not hash");
		return false;
	}
	memcpy(check->place.prev_leaf, leaf, DIGEST_SIZE);
	check->place.idx++;
	return true;
}

static bool
check_line(Check *check, unsigned i)
{
	Batch	   *batch = check->batch;
	const Buf	line = batch_line(batch, i);
	Fields		fields;
	bool		ok;

	/* a payload belongs to the entry before it */
	batch->bad_index = (int64_t) check->place.idx - (batch_is_payload(line.data) ? 1 : 0);
	if (!fields_parse(&line, check->again, &fields, &batch->failure))
		return false;
	ok = check_fields(check, &fields, i);
	fields_free(&fields);
	return ok;
}

void
batch_check(Batch *batch, Buf *again)
{
	Check		check = {.batch = batch, .again = again, .place = batch->place};
	bool		ok;

	batch->good = 0;
	batch->bad_index = (int64_t) batch->place.idx;
	run_init(&batch->run, batch->place.idx);
	ok = check_lead(&check);
	while (ok && batch->good < batch->n)
	{
		ok = check_line(&check, batch->good);
		batch->good += ok;
	}
	payload_forget(&check.last);
	batch_reset(again);
}
