/*
 * proof.c: verifying the proof of one entry (portarium.evidence_proof).
 *
 * Order: the entry's hash and, with the leaf before it, its leaf's hash; the inclusion proof gives
 * the tenant's root, which the meta leaf must have; from there as for a bundle.  A proof has no
 * keys of its own: they are given.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/proof.h"

#include <string.h>

#include <jansson.h>

#include "common/hex.h"
#include "evidence/merkle.h"
#include "verify/anchor.h"
#include "verify/entry.h"
#include "verify/fields.h"
#include "verify/reader.h"
#include "verify/tlogproof.h"

/* base64 of a line of a bundle and what stands around it */
#define PROOF_TEXT_MAX (2 * READER_LINE_MAX)
#define PROOF_FORMAT "portarium-proof/1"

typedef struct Proof
{
	const char *tenant;
	const char *note;
	EntryPlace	place;
	unsigned char salt[SALT_SIZE];
	unsigned char hashes[ANCHOR_PROOF_MAX][DIGEST_SIZE];
	size_t		n_hashes;
	Fields		entry;			/* borrows from the whole object */
	Anchor		anchor;
} Proof;

static json_t *
proof_load(FILE *file, Failure *failure)
{
	json_t	   *object;
	Buf			text;
	int			c;
	bool		fits = true;

	buf_init(&text, PROOF_TEXT_MAX);
	while (fits && (c = getc_unlocked(file)) != EOF)
		fits = buf_char(&text, (char) c);
	if (fits)
		object = tlogproof_read(text.data, text.len, failure);
	else
	{
		object = NULL;
		failure_set(failure, "file has more than %d bytes", PROOF_TEXT_MAX);
	}
	buf_free(&text);
	return object;
}

/* The members around the entry and the meta leaf. */
static bool
proof_frame(json_t *object, Proof *proof, Failure *failure)
{
	const char *format;
	const char *salt;
	const char *prev_leaf;
	json_int_t	epoch;
	Field		list = {0};

	if (json_unpack(object, "{s:s, s:s, s:s, s:I, s:s, s:o, s:s}", "format", &format, "tenant",
					&proof->tenant, "tenant_salt", &salt, "epoch", &epoch, "prev_leaf", &prev_leaf,
					"proof", &list.list, "checkpoint", &proof->note) != 0 ||
		strcmp(format, PROOF_FORMAT) != 0)
		failure_set(failure, "file is not a " PROOF_FORMAT);
	else if (!record_uuid_parse(proof->tenant, proof->place.tenant) ||
			 !hex_decode(salt, proof->salt, SALT_SIZE) ||
			 !hex_decode(prev_leaf, proof->place.prev_leaf, DIGEST_SIZE) ||
			 epoch < 0 || epoch > UINT32_MAX)
		failure_set(failure, "tenant, salt, epoch or previous leaf is not in its form");
	else
	{
		proof->place.epoch = (uint32_t) epoch;
		return anchor_hashes(&list, ANCHOR_PROOF_MAX, proof->hashes, &proof->n_hashes, failure);
	}
	return false;
}

static bool
proof_parts(json_t *object, Proof *proof, Failure *failure)
{
	Fields		meta;

	if (!json_is_object(json_object_get(object, "entry")) ||
		!json_is_object(json_object_get(object, "meta")))
	{
		failure_set(failure, "entry or meta leaf is missing");
		return false;
	}
	if (!fields_of(json_object_get(object, "entry"), LINE_ENTRY, &proof->entry, failure) ||
		!fields_of(json_object_get(object, "meta"), LINE_META, &meta, failure) ||
		!anchor_meta(&meta, &proof->anchor, failure))
		return false;
	proof->place.idx = (uint64_t) proof->entry.field[ENTRY_INDEX].number;
	proof->anchor.meta.epoch = proof->place.epoch;
	if (!record_tenant_hash(proof->salt, proof->place.tenant, proof->anchor.meta.tenant_hash))
	{
		failure_set(failure, "could not hash");
		return false;
	}
	return true;
}

static bool
proof_hashes(const Proof *proof, Report *report, Failure *failure)
{
	const MetaRecord *meta = &proof->anchor.meta;
	unsigned char leaf[DIGEST_SIZE];
	int64_t		at_us;

	if (!entry_check(&proof->entry, &proof->place, leaf, &at_us, failure))
		return false;
	if (!merkle_proof_root(proof->place.idx, meta->size, leaf,
						   (const unsigned char(*)[DIGEST_SIZE]) proof->hashes, proof->n_hashes,
						   report->root))
	{
		failure_set(failure, "proof does not fit the entry's index and the tree's size");
		return false;
	}
	if (memcmp(report->root, meta->root, DIGEST_SIZE) != 0)
	{
		failure_set(failure, "entry and its proof do not give the root of the meta leaf");
		return false;
	}
	return true;
}

void
proof_verify(FILE *file, Trust *trust, Report *report)
{
	Proof		proof = {0};
	Failure		failure;
	json_t	   *object = proof_load(file, &failure);
	int64_t		index;

	if (object == NULL || !proof_frame(object, &proof, &failure))
		(void) report_finding(report, VERDICT_UNUSABLE, -1, 0, failure.message);
	else if (trust->n == 0)
		(void) report_finding(report, VERDICT_UNUSABLE, -1, 0,
							  "a proof needs a key: give it with --key");
	else if (!proof_parts(object, &proof, &failure))
		(void) report_finding(report, VERDICT_TAMPERED, -1, 0, failure.message);
	else
	{
		index = (int64_t) proof.place.idx;
		snprintf(report->tenant, sizeof(report->tenant), "%s", proof.tenant);
		report->epoch = proof.place.epoch;
		report->size = 1;
		if (!proof_hashes(&proof, report, &failure) ||
			!anchor_checkpoint(&proof.anchor, proof.note, trust, report, &failure))
			(void) report_finding(report, VERDICT_TAMPERED, index, 0, failure.message);
		else
			report->entries = 1;
	}
	json_decref(object);
}
