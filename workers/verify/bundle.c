/*
 * bundle.c: verifying an evidence bundle (docs/formats.md: Evidence bundle).
 *
 * Order: the manifest says whose log and how many entries; all of them are checked (entries.h); the meta line
 * must have the root that came out; the checkpoint must have the meta leaf, and a signature; a time stamp of it
 * may follow; the last line must have the digest of these others; what was disposed of must have been so lawfully
 * (lawful.h).  The first finding ends it.  A Fields belongs to the function that parsed it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "evidence/stamp.h"
#include "verify/anchor.h"
#include "verify/batch.h"
#include "verify/entries.h"
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
	Entries		entries;
	Anchor		anchor;
	char		note[NOTE_MAX + 1];	/* the checkpoint, for its time stamp */
} Bundle;

static bool
bundle_finding(Bundle *bundle, Verdict verdict, int64_t index, const char *reason)
{
	return report_finding(bundle->report, verdict, index, bundle->reader.lines, reason);
}

/* The next line of the frame, of any type. */
static bool
bundle_read(Bundle *bundle, Fields *fields)
{
	Failure		failure;

	return (reader_next(&bundle->reader, &failure) &&
			fields_parse(&bundle->reader.line, &bundle->again, fields, &failure)) ||
		bundle_finding(bundle, VERDICT_TAMPERED, -1, failure.message);
}

/* A line must have this type; one that has not is freed. */
static bool
bundle_is(Bundle *bundle, LineType type, Fields *fields)
{
	const bool	entry = batch_is_entry(bundle->reader.line.data);

	if (fields->type == type)
		return true;
	fields_free(fields);
	return bundle_finding(bundle, VERDICT_TAMPERED,
						  entry ? (int64_t) bundle->entries.place.idx : -1,
						  "line is not of the type that belongs here");
}

/* The next line, which must have this type. */
static bool
bundle_line(Bundle *bundle, LineType type, Fields *fields)
{
	return bundle_read(bundle, fields) && bundle_is(bundle, type, fields);
}

static bool
manifest_read(Bundle *bundle, const Fields *fields, Failure *failure)
{
	const Field *field = fields->field;

	if (strcmp(field[MANIFEST_FORMAT].text, BUNDLE_FORMAT) != 0)
		failure_set(failure, "format is not " BUNDLE_FORMAT);
	else if (!record_uuid_parse(field[MANIFEST_TENANT].text, bundle->entries.place.tenant))
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
		bundle->entries.place.epoch = (uint32_t) fields.field[MANIFEST_EPOCH].number;
		bundle->report->epoch = bundle->entries.place.epoch;
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

/* Whatever was disposed of was so lawfully. */
static bool
bundle_judge(Bundle *bundle)
{
	int64_t		index = -1;
	Failure		failure;

	return lawful_judge(&bundle->entries.lawful, &index, &failure) ||
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
	meta->epoch = bundle->entries.place.epoch;
	if (!merkle_root(&bundle->entries.tree, report->root) ||
		!record_tenant_hash(bundle->salt, bundle->entries.place.tenant, meta->tenant_hash))
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

	if (!bundle_read(bundle, fields))
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
							  "last line does not have the count or the digest of those before it");
	return reader_at_end(&bundle->reader) ||
		bundle_finding(bundle, VERDICT_TAMPERED, -1, "something follows the last line");
}

void
bundle_verify(FILE *file, Trust *trust, int64_t max_gap_us, Report *report)
{
	Bundle		bundle;

	memset(&bundle, 0, sizeof(bundle));
	bundle.trust = trust;
	bundle.report = report;
	reader_open(&bundle.reader, file);
	buf_init(&bundle.again, READER_LINE_MAX);
	entries_init(&bundle.entries, &bundle.reader, report, max_gap_us);

	if (bundle_manifest(&bundle) && entries_verify(&bundle.entries) && bundle_meta(&bundle) &&
		bundle_checkpoint(&bundle) && bundle_end(&bundle))
		(void) bundle_judge(&bundle);

	entries_free(&bundle.entries);
	buf_free(&bundle.again);
	reader_close(&bundle.reader);
}
