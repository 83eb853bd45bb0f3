/*
 * report.c: what verification found, and saying it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/report.h"

#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "common/clock.h"
#include "common/hex.h"

void
report_init(Report *report)
{
	memset(report, 0, sizeof(*report));
	report->bad_index = -1;
}

bool
report_finding(Report *report, Verdict verdict, int64_t index, uint64_t line, const char *reason)
{
	if (report->verdict == VERDICT_GOOD)
	{
		report->verdict = verdict;
		report->bad_index = index;
		report->bad_line = line;
		snprintf(report->reason, sizeof(report->reason), "%s", reason);
	}
	return false;
}

static const char *
report_word(const Report *report)
{
	static const char *const words[] = {"good", "tampered", "unusable"};

	return words[report->verdict];
}

static void
report_print_signature(const Report *report, FILE *out)
{
	char		root[2 * DIGEST_SIZE + 1];
	char		id[2 * sizeof(report->key.id) + 1];
	char		at[CLOCK_TEXT_SIZE];

	hex_encode(report->root, DIGEST_SIZE, root);
	hex_encode(report->key.id, sizeof(report->key.id), id);
	fprintf(out, "root        %s\n", root);
	fprintf(out, "checkpoint  %s, %" PRIu64 " meta leaves\n", report->checkpoint.origin,
			report->checkpoint.size);
	fprintf(out, "signed by   %s+%s\n", report->key.name, id);
	fprintf(out, "key from    %s\n", report->key_given ? "--key or --policy" :
			"the evidence itself: this proves that it agrees with itself, not who signed it");
	if (report->witnesses > 0)
		fprintf(out, "witnesses   %u have signed, too\n", report->witnesses);
	if (report->stamped)
	{
		clock_text(report->stamped_at * 1000000, at);
		fprintf(out, "time stamp  %s, %s\n", at, report->stamp_trusted ?
				"by whom --tsa vouches for" : "by nobody knows whom: there is no --tsa");
	}
}

void
report_print(const Report *report, const char *path, FILE *out)
{
	fprintf(out, "evidence    %s\n", path);
	if (report->tenant[0] != '\0')
		fprintf(out,
				"tenant      %s, epoch %" PRIu32 "\nentries     %" PRIu64 " of %" PRIu64 " hold\n",
				report->tenant, report->epoch, report->entries, report->size);
	if (report->withheld + report->disposed + report->payloads > 0)
		fprintf(out, "of these    %" PRIu64 " withheld, %" PRIu64 " disposed of; payloads %" PRIu64 "\n",
				report->withheld, report->disposed, report->payloads);
	if (report->signed_)
		report_print_signature(report, out);
	fprintf(out, "verdict     %s", report_word(report));
	if (report->bad_index >= 0)
		fprintf(out, ": entry %" PRId64, report->bad_index);
	if (report->bad_line > 0)
		fprintf(out, "%s line %" PRIu64, report->bad_index >= 0 ? "," : ":", report->bad_line);
	if (report->verdict != VERDICT_GOOD)
		fprintf(out, ": %s", report->reason);
	fprintf(out, "\n");
}

/* Of the checkpoint; null when there is none. */
static json_t *
report_stamp(const Report *report)
{
	char		at[CLOCK_TEXT_SIZE];

	if (!report->stamped)
		return NULL;
	clock_text(report->stamped_at * 1000000, at);
	return json_pack("{s:s, s:b}", "at", at, "trusted", report->stamp_trusted);
}

static json_t *
report_signature(const Report *report)
{
	char		root[2 * DIGEST_SIZE + 1];
	char		vkey[NOTE_VKEY_SIZE];

	hex_encode(report->root, DIGEST_SIZE, root);
	note_key_text(&report->key, vkey);
	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:i, s:o?}",
					 "root", root,
					 "origin", report->checkpoint.origin,
					 "meta_size", (json_int_t) report->checkpoint.size,
					 "key", vkey,
					 "key_from", report->key_given ? "argument" : "evidence",
					 "witnesses", (int) report->witnesses,
					 "time_stamp", report_stamp(report));
}

void
report_print_json(const Report *report, FILE *out)
{
	json_t *object = json_pack(
		"{s:s, s:s?, s:i, s:I, s:I, s:I, s:I, s:I, s:s?, s:o?, s:o?, s:o?}", "verdict", report_word(report),
		"tenant", report->tenant[0] != '\0' ? report->tenant : NULL, "epoch", (int) report->epoch,
		"entries", (json_int_t) report->entries, "size", (json_int_t) report->size,
		"withheld", (json_int_t) report->withheld, "disposed", (json_int_t) report->disposed,
		"payloads", (json_int_t) report->payloads, "reason",
		report->verdict != VERDICT_GOOD ? report->reason : NULL, "bad_index",
		report->bad_index >= 0 ? json_integer(report->bad_index) : NULL, "bad_line",
		report->bad_line > 0 ? json_integer((json_int_t) report->bad_line) : NULL, "signature",
		report->signed_ ? report_signature(report) : NULL);

	if (object != NULL)
		json_dumpf(object, out, JSON_COMPACT);
	fprintf(out, "\n");
	json_decref(object);
}
