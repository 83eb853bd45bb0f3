/*
 * bundle.c: verifying an evidence bundle (docs/formats.md: Evidence bundle).
 *
 * Order: the manifest says whose log and how many entries; each entry is hashed, chained to the
 * leaf before it and added to the tree's frontier; the meta line must have the root that came out;
 * the checkpoint must have the meta leaf, and a signature; the last line must have the digest of
 * all others.  The first finding ends it.  A Fields belongs to the function that parsed it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/bundle.h"

#include <string.h>

#include "common/hex.h"
#include "evidence/merkle.h"
#include "verify/anchor.h"
#include "verify/entry.h"
#include "verify/fields.h"
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
	int64_t		max_gap_us;		/* 0: any */
	int64_t		last_us;		/* the latest time of an entry so far */
} Bundle;

static bool
bundle_finding(Bundle *bundle, Verdict verdict, int64_t index, const char *reason)
{
	return report_finding(bundle->report, verdict, index, bundle->reader.lines, reason);
}

/* The next line, which must have this type; index is that of the entry which is expected, or -1. */
static bool
bundle_line(Bundle *bundle, LineType type, int64_t index, Fields *fields)
{
	Failure		failure;

	if (!reader_next(&bundle->reader, &failure) ||
		!fields_parse(&bundle->reader.line, &bundle->again, fields, &failure))
		return bundle_finding(bundle, VERDICT_TAMPERED, index, failure.message);
	if (fields->type == type)
		return true;
	fields_free(fields);
	if (fields->type == LINE_ENTRY)
		index = (int64_t) bundle->place.idx;
	return bundle_finding(bundle, VERDICT_TAMPERED, index, type == LINE_ENTRY ?
						  "entry is missing" : "line is not of the type that belongs here");
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

	if (!bundle_line(bundle, LINE_MANIFEST, -1, &fields))
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
	const int64_t last_us = bundle->last_us;

	if (!record_time_parse(fields->field[ENTRY_AT].text, &at_us))
		return true;
	if (at_us > last_us)
		bundle->last_us = at_us;
	if (bundle->max_gap_us == 0 || bundle->place.idx == 0 || at_us - last_us <= bundle->max_gap_us)
		return true;
	failure_set(failure, "no entry for %lld seconds before it",
				(long long) ((at_us - last_us) / 1000000));
	return false;
}

static bool
bundle_entry(Bundle *bundle)
{
	const int64_t index = (int64_t) bundle->place.idx;
	unsigned char leaf[DIGEST_SIZE];
	Fields		fields;
	Failure		failure;
	bool		ok;

	if (!bundle_line(bundle, LINE_ENTRY, index, &fields))
		return false;
	ok = entry_check(&fields, &bundle->place, leaf, &failure) &&
		 bundle_gap(bundle, &fields, &failure);
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

static bool
bundle_meta(Bundle *bundle)
{
	Report	   *report = bundle->report;
	MetaRecord *meta = &bundle->anchor.meta;
	Fields		fields;
	Failure		failure;
	bool		ok;

	if (!bundle_line(bundle, LINE_META, -1, &fields))
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

	if (!bundle_line(bundle, LINE_CHECKPOINT, -1, &fields))
		return false;
	ok = anchor_checkpoint(&bundle->anchor, fields.field[CHECKPOINT_NOTE].text, bundle->trust,
						   bundle->report, &failure);
	fields_free(&fields);
	return ok || bundle_finding(bundle, VERDICT_TAMPERED, -1, failure.message);
}

static bool
bundle_end(Bundle *bundle)
{
	unsigned char digest[DIGEST_SIZE];
	Fields		fields;
	bool		same;

	if (!bundle_line(bundle, LINE_END, -1, &fields))
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
		ok = bundle_entry(&bundle);
	if (ok && bundle_meta(&bundle) && bundle_checkpoint(&bundle))
		(void) bundle_end(&bundle);

	buf_free(&bundle.again);
	reader_close(&bundle.reader);
}
