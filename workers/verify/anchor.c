/*
 * anchor.c: the way from a tenant's root to a signature.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/anchor.h"

#include <string.h>

#include "common/hex.h"
#include "evidence/merkle.h"

bool
anchor_hashes(const Field *list, size_t max, unsigned char (*hashes)[DIGEST_SIZE], size_t *n,
			  Failure *failure)
{
	*n = fields_count(list);
	if (*n > max)
	{
		failure_set(failure, "proof has more than %zu hashes", max);
		return false;
	}
	for (size_t i = 0; i < *n; i++)
	{
		if (!hex_decode(fields_item(list, i), hashes[i], DIGEST_SIZE))
		{
			failure_set(failure, "proof has a member that is not 32 bytes in hex");
			return false;
		}
	}
	return true;
}

bool
anchor_meta(const Fields *fields, Anchor *anchor, Failure *failure)
{
	const Field *field = fields->field;

	anchor->index = (uint64_t) field[META_INDEX].number;
	anchor->meta.size = (uint64_t) field[META_SIZE].number;
	anchor->meta.round = (uint64_t) field[META_ROUND].number;
	if (!hex_decode(field[META_ROOT].text, anchor->meta.root, DIGEST_SIZE))
	{
		failure_set(failure, "root is not 32 bytes in hex");
		return false;
	}
	return anchor_hashes(&field[META_PROOF], ANCHOR_PROOF_MAX, anchor->proof, &anchor->n_proof,
						 failure);
}

bool
anchor_checkpoint(const Anchor *anchor, const char *note, const Trust *trust, Report *report,
				  Failure *failure)
{
	unsigned char data[META_DATA_SIZE];
	unsigned char leaf[DIGEST_SIZE];
	unsigned char root[DIGEST_SIZE];
	Checkpoint	checkpoint;
	const NoteKey *signer;

	record_meta_data(&anchor->meta, data);
	if (!note_checkpoint_parse(note, &checkpoint, failure))
		return false;
	if (!record_leaf_hash(data, sizeof(data), leaf) ||
		!merkle_proof_root(anchor->index, checkpoint.size, leaf,
						   (const unsigned char(*)[DIGEST_SIZE]) anchor->proof, anchor->n_proof,
						   root))
	{
		failure_set(failure, "proof does not fit the meta leaf's index and the checkpoint's size");
		return false;
	}
	if (memcmp(root, checkpoint.root, DIGEST_SIZE) != 0)
	{
		failure_set(failure, "meta leaf and its proof do not give the checkpoint's root");
		return false;
	}
	signer = trust_signer(trust, note, failure);
	if (signer == NULL || !trust_witnessed(trust, note, &report->witnesses, failure))
		return false;
	report->checkpoint = checkpoint;
	report->key = *signer;
	report->key_given = trust->given;
	report->signed_ = true;
	return true;
}
