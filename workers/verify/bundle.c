/*
 * bundle.c: verifying an evidence bundle (docs/formats.md: Evidence bundle).
 *
 * Order: the manifest says whose log and how many entries; each entry is hashed, chained to the leaf before
 * it and added to the tree's frontier, and the payloads behind it are compared with what it commits to; what
 * was disposed of must have been so lawfully (lawful.h); the meta line must have the root that came out; the
 * checkpoint must have the meta leaf, and a signature; a time stamp of it may follow; the last line must have
 * the digest of all others.  The first finding ends it.  A Fields belongs to the function that parsed it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "evidence/merkle.h"
#include "evidence/stamp.h"
#include "verify/anchor.h"
#include "verify/entry.h"
#include "verify/fields.h"
#include "verify/lawful.h"
#include "verify/payload.h"
#include "verify/progress.h"
#include "verify/reader.h"

#define BUNDLE_FORMAT "portarium-evidence/1"

typedef struct Bundle
{
	Reader		reader;
	Buf			again;			/* scratch of fields_parse */
	Trust	   *trust;
	Report	   *report;
	unsigned char salt[SALT_SIZE];
	EntryPlace	place;			/* of the next entry */
	Merkle		tree;
	Anchor		anchor;
	char		note[NOTE_MAX + 1];	/* the checkpoint, for its time stamp */
	int64_t		max_gap_us;		/* 0: any */
	Lawful		lawful;
	PayloadEntry last;			/* the last entry, for the payloads behind it */
	bool		absent;			/* that entry is not there, and its time not known */
} Bundle;

static bool
bundle_finding(Bundle *bundle, Verdict verdict, int64_t index, const char *reason)
{
	return report_finding(bundle->report, verdict, index, bundle->reader.lines, reason);
}

/* Behind an entry, before any other line. */
static bool
bundle_payload(Bundle *bundle, const Fields *fields)
{
	Failure		failure;

	if (!payload_check(&bundle->last, fields, &failure))
		return bundle_finding(bundle, VERDICT_TAMPERED, bundle->last.index, failure.message);
	bundle->report->payloads++;
	return true;
}

/* The next line that is not a payload, of any type; index is that of the entry which is expected, or -1. */
static bool
bundle_read(Bundle *bundle, int64_t index, Fields *fields)
{
	Failure		failure;
	bool		ok = true;

	while (ok)
	{
		if (!reader_next(&bundle->reader, &failure) ||
			!fields_parse(&bundle->reader.line, &bundle->again, fields, &failure))
			return bundle_finding(bundle, VERDICT_TAMPERED, index, failure.message);
		if (fields->type != LINE_PAYLOAD)
			return true;
		ok = bundle_payload(bundle, fields);
		fields_free(fields);
	}
	return false;
}

static bool
bundle_stands_for_entry(LineType type)
{
	return type == LINE_ENTRY || type == LINE_WITHHELD || type == LINE_DISPOSED;
}

/* A line must have this type; one that has not is freed. */
static bool
bundle_is(Bundle *bundle, LineType type, Fields *fields)
{
	if (fields->type == type)
		return true;
	fields_free(fields);
	return bundle_finding(bundle, VERDICT_TAMPERED,
						  bundle_stands_for_entry(fields->type) ? (int64_t) bundle->place.idx : -1,
						  "line is not of the type that belongs here");
}

/* The next line, which must have this type; behind the last entry. */
static bool
bundle_line(Bundle *bundle, LineType type, Fields *fields)
{
	return bundle_read(bundle, -1, fields) && bundle_is(bundle, type, fields);
}

static bool
manifest_read(Bundle *bundle, const Fields *fields, Failure *failure)
{
	const Field *field = fields->field;

	if (strcmp(field[MANIFEST_FORMAT].text, BUNDLE_FORMAT) != 0)
		failure_set(failure, "format is not " BUNDLE_FORMAT);
	else if (!record_uuid_parse(field[MANIFEST_TENANT].text, bundle->place.tenant))
		failure_set(failure, "\"tenant\" is not a uuid");
	else if (!hex_decode(field[MANIFEST_TENANT_SALT].text, bundle->salt, SALT_SIZE))
		failure_set(failure, "\"tenant_salt\" is not 16 bytes in hex");
	else if (field[MANIFEST_FIRST].number != 0 || field[MANIFEST_EPOCH].number > UINT32_MAX)
		failure_set(failure, "\"first\" or \"epoch\" is out of range");
	else
	{
		for (size_t i = 0; i < fields_count(&field[MANIFEST_VKEYS]); i++)
		{
			if (!trust_evidence(bundle->trust, fields_item(&field[MANIFEST_VKEYS], i), failure))
				return false;
		}
		return true;
	}
	return false;
}

/* A first line that is not a manifest means that the file is something else. */
static bool
bundle_manifest(Bundle *bundle)
{
	Fields		fields;
	Failure		failure;
	bool		ok;

	if (!bundle_line(bundle, LINE_MANIFEST, &fields))
	{
		bundle->report->verdict = VERDICT_UNUSABLE;
		return false;
	}
	ok = manifest_read(bundle, &fields, &failure);
	if (ok)
	{
		bundle->place.epoch = (uint32_t) fields.field[MANIFEST_EPOCH].number;
		bundle->report->epoch = bundle->place.epoch;
		bundle->report->size = (uint64_t) fields.field[MANIFEST_SIZE].number;
		snprintf(bundle->report->tenant, sizeof(bundle->report->tenant), "%s",
				 fields.field[MANIFEST_TENANT].text);
	}
	fields_free(&fields);
	if (!ok)
		return bundle_finding(bundle, VERDICT_UNUSABLE, -1, failure.message);
	return bundle->trust->n > 0 ||
		bundle_finding(bundle, VERDICT_UNUSABLE, -1, "there is no key to check the signature with");
}

/* Late committers stand behind later entries, so the latest time so far counts. */
static bool
bundle_gap(Bundle *bundle, const Fields *fields, Failure *failure)
{
	int64_t		at_us;
	const int64_t last_us = bundle->lawful.latest_us;

	if (bundle->max_gap_us == 0 || bundle->place.idx == 0 || bundle->absent ||
		!record_time_parse(fields->field[ENTRY_AT].text, &at_us) ||
		at_us - last_us <= bundle->max_gap_us)
		return true;
	failure_set(failure, "no entry for %lld seconds before it",
				(long long) ((at_us - last_us) / 1000000));
	return false;
}

/* A line that stands for an entry: checks it and gives the leaf's hash. */
static bool
bundle_check(Bundle *bundle, const Fields *fields, unsigned char leaf[DIGEST_SIZE],
			 Failure *failure)
{
	if (fields->type == LINE_ENTRY)
	{
		if (!entry_check(fields, &bundle->place, leaf, failure) ||
			!bundle_gap(bundle, fields, failure) ||
			!lawful_entry(&bundle->lawful, fields, failure))
			return false;
		payload_keep(&bundle->last, fields);
		bundle->absent = false;
		return true;
	}
	payload_forget(&bundle->last);
	bundle->absent = true;
	if (!bundle_stands_for_entry(fields->type))
	{
		failure_set(failure, "entry is missing");
		return false;
	}
	if (!entry_check_absent(fields, &bundle->place, leaf, failure))
		return false;
	if (fields->type == LINE_WITHHELD)
		bundle->report->withheld++;
	else
		bundle->report->disposed++;
	return fields->type == LINE_WITHHELD || lawful_disposed(&bundle->lawful, fields, failure);
}

static bool
bundle_entry(Bundle *bundle)
{
	const int64_t index = (int64_t) bundle->place.idx;
	unsigned char leaf[DIGEST_SIZE];
	Fields		fields;
	Failure		failure;
	bool		ok;

	if (!bundle_read(bundle, index, &fields))
		return false;
	ok = bundle_check(bundle, &fields, leaf, &failure);
	fields_free(&fields);
	if (ok && !merkle_append(&bundle->tree, leaf))
	{
		failure_set(&failure, "could not hash");
		ok = false;
	}
	if (!ok)
		return bundle_finding(bundle, VERDICT_TAMPERED, index, failure.message);
	memcpy(bundle->place.prev_leaf, leaf, DIGEST_SIZE);
	bundle->place.idx++;
	bundle->report->entries++;
	return true;
}

/* Whatever was disposed of was so lawfully. */
static bool
bundle_judge(Bundle *bundle)
{
	int64_t		index = -1;
	Failure		failure;

	return lawful_judge(&bundle->lawful, &index, &failure) ||
		bundle_finding(bundle, VERDICT_TAMPERED, index, failure.message);
}

static bool
bundle_meta(Bundle *bundle)
{
	Report	   *report = bundle->report;
	MetaRecord *meta = &bundle->anchor.meta;
	Fields		fields;
	Failure		failure;
	bool		ok;

	if (!bundle_line(bundle, LINE_META, &fields))
		return false;
	ok = anchor_meta(&fields, &bundle->anchor, &failure);
	fields_free(&fields);
	if (!ok)
		return bundle_finding(bundle, VERDICT_TAMPERED, -1, failure.message);
	meta->epoch = bundle->place.epoch;
	if (!merkle_root(&bundle->tree, report->root) ||
		!record_tenant_hash(bundle->salt, bundle->place.tenant, meta->tenant_hash))
		return bundle_finding(bundle, VERDICT_UNUSABLE, -1, "could not hash");
	if (meta->size != report->size)
		return bundle_finding(bundle, VERDICT_TAMPERED, -1,
							  "meta leaf has another size than the manifest");
	if (memcmp(meta->root, report->root, DIGEST_SIZE) != 0)
		return bundle_finding(bundle, VERDICT_TAMPERED, -1,
							  "meta leaf does not have the root of the entries");
	return true;
}

static bool
bundle_checkpoint(Bundle *bundle)
{
	Fields		fields;
	Failure		failure;
	bool		ok;

	if (!bundle_line(bundle, LINE_CHECKPOINT, &fields))
		return false;
	ok = anchor_checkpoint(&bundle->anchor, fields.field[CHECKPOINT_NOTE].text, bundle->trust,
						   bundle->report, &failure);
	snprintf(bundle->note, sizeof(bundle->note), "%s", fields.field[CHECKPOINT_NOTE].text);
	fields_free(&fields);
	return ok || bundle_finding(bundle, VERDICT_TAMPERED, -1, failure.message);
}

static bool
bundle_stamp(Bundle *bundle, const Fields *fields)
{
	Report	   *report = bundle->report;
	const char *ca_file = bundle->trust->tsa_ca;
	const Field *answer = &fields->field[STAMP_ANSWER];
	unsigned char *bytes = malloc(BASE64_BYTES_SIZE(answer->len) + 1);
	size_t		len = 0;
	Failure		failure;

	failure_set(&failure, "time stamp is not one");
	report->stamped = bytes != NULL &&
		base64_decode(BASE64_STANDARD, answer->text, answer->len, bytes, &len) &&
		stamp_judge(bytes, len, bundle->note, strlen(bundle->note), ca_file, &report->stamped_at,
					&failure);
	free(bytes);
	report->stamp_trusted = report->stamped && ca_file != NULL;
	return report->stamped || bundle_finding(bundle, VERDICT_TAMPERED, -1, failure.message);
}

/* The last line, and before it the time stamp that somebody may ask for. */
static bool
bundle_last(Bundle *bundle, Fields *fields)
{
	bool		ok;

	if (!bundle_read(bundle, -1, fields))
		return false;
	if (fields->type == LINE_STAMP)
	{
		ok = bundle_stamp(bundle, fields);
		fields_free(fields);
		return ok && bundle_line(bundle, LINE_END, fields);
	}
	if (!bundle_is(bundle, LINE_END, fields))
		return false;
	if (bundle->trust->tsa_ca == NULL)
		return true;
	fields_free(fields);
	return bundle_finding(bundle, VERDICT_TAMPERED, -1, "checkpoint has no time stamp");
}

static bool
bundle_end(Bundle *bundle)
{
	unsigned char digest[DIGEST_SIZE];
	Fields		fields;
	bool		same;

	if (!bundle_last(bundle, &fields))
		return false;
	same = (uint64_t) fields.field[END_LINES].number == bundle->reader.lines - 1 &&
		hex_decode(fields.field[END_SHA256].text, digest, DIGEST_SIZE) &&
		memcmp(digest, bundle->reader.digest, DIGEST_SIZE) == 0;
	fields_free(&fields);
	if (!same)
		return bundle_finding(bundle, VERDICT_TAMPERED, -1,
							  "last line does not have the digest of the lines before it");
	return reader_at_end(&bundle->reader) ||
		bundle_finding(bundle, VERDICT_TAMPERED, -1, "something follows the last line");
}

void
bundle_verify(FILE *file, Trust *trust, int64_t max_gap_us, Report *report)
{
	Bundle		bundle;
	bool		ok;

	memset(&bundle, 0, sizeof(bundle));
	bundle.trust = trust;
	bundle.report = report;
	bundle.max_gap_us = max_gap_us;
	reader_open(&bundle.reader, file);
	buf_init(&bundle.again, READER_LINE_MAX);
	merkle_init(&bundle.tree);

	ok = bundle_manifest(&bundle);
	while (ok && bundle.place.idx < report->size)
	{
		ok = bundle_entry(&bundle);
		progress_tell(bundle.place.idx, report->size);
	}
	if (ok && bundle_meta(&bundle) && bundle_checkpoint(&bundle) && bundle_end(&bundle))
		(void) bundle_judge(&bundle);

	payload_forget(&bundle.last);
	lawful_free(&bundle.lawful);
	buf_free(&bundle.again);
	reader_close(&bundle.reader);
}
