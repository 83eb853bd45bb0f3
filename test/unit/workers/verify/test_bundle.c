/*
 * test_bundle.c: a bundle is made with a key of this run, verified, and then changed in every byte
 * and cut at every length: it never holds, and a changed entry is named.  A long one is checked in many
 * batches, side by side.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "check.h"
#include "common/buf.h"
#include "common/hex.h"
#include "evidence/merkle.h"
#include "evidence/note.h"
#include "evidence/record.h"
#include "verify/batch.h"
#include "verify/bundle.h"

#define ENTRIES 5
#define MANY (3 * BATCH_LINES + 7)
#define TENANT "018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11"
#define SALT "00112233445566778899aabbccddeeff"
#define AT "2024-02-29T12:34:56.000001Z"

static EVP_PKEY *pkey;
static NoteKey key;
static char vkey[NOTE_VKEY_SIZE];
static Buf	bundle;
static unsigned char digest[DIGEST_SIZE];
static size_t line_at[MANY + 5];	/* where each line begins, and the end */
static size_t n_lines;

static void
make_key(void)
{
	unsigned char public_key[NOTE_KEY_SIZE];
	size_t		len = sizeof(public_key);

	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	CHECK("key", EVP_PKEY_get_raw_public_key(pkey, public_key, &len) == 1 &&
					 note_key_make("portarium.local/unit", public_key, &key));
	note_key_text(&key, vkey);
}

static void
sign(const Checkpoint *checkpoint, char note[NOTE_MAX])
{
	const size_t len = note_checkpoint_text(checkpoint, note, NOTE_MAX);
	unsigned char signature[NOTE_SIGNATURE_SIZE];
	size_t		signature_len = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	CHECK("sign", EVP_DigestSignInit(context, NULL, NULL, NULL, pkey) == 1 &&
		  EVP_DigestSign(context, signature, &signature_len, (unsigned char *) note, len) == 1 &&
		  note_sign(note, NOTE_MAX, &key, signature));
	EVP_MD_CTX_free(context);
}

/* Ends the line that begins at line_at[n_lines]; frame: it stands for no entry. */
static void
end_line(bool frame)
{
	const size_t start = line_at[n_lines];
	unsigned char both[DIGEST_SIZE + 8192];

	CHECK("line", buf_char(&bundle, '\n'));
	memcpy(both, digest, DIGEST_SIZE);
	memcpy(both + DIGEST_SIZE, bundle.data + start, bundle.len - start);
	CHECK("digest", !frame || digest_sha256(both, DIGEST_SIZE + bundle.len - start, digest));
	line_at[++n_lines] = bundle.len;
}

static void
add_entry(uint64_t idx, LeafRecord *leaf, Merkle *tree)
{
	static const char body[] = "{\"a\":\"\\\"\\n\xe2\x82\xac\"}";
	EntryRecord entry = {
		.seq = (uint32_t) idx + 1,
		.kind = "app.note",
		.kind_len = 8,
		.actor = "ann",
		.actor_len = 3,
		.canon = body,
		.canon_len = sizeof(body) - 1,
	};
	unsigned char data[LEAF_DATA_SIZE];
	char		entry_hash[2 * DIGEST_SIZE + 1];
	char		leaf_hash[2 * DIGEST_SIZE + 1];

	CHECK("entry", record_time_parse(AT, &entry.at_us) && hex_decode(SALT, entry.salt, SALT_SIZE) &&
		  record_uuid_parse(TENANT, entry.tenant) && record_uuid_parse(TENANT, entry.stream));
	leaf->idx = idx;
	CHECK("entry hash", record_entry_hash(&entry, leaf->entry_hash));
	record_leaf_data(leaf, data);
	CHECK("leaf hash",
		  record_leaf_hash(data, sizeof(data), leaf->prev) && merkle_append(tree, leaf->prev));
	hex_encode(leaf->entry_hash, DIGEST_SIZE, entry_hash);
	hex_encode(leaf->prev, DIGEST_SIZE, leaf_hash);
	CHECK("entry line",
		  buf_printf(&bundle, "{\"actor\":\"ann\",\"at\":\"" AT "\",\"body\":") &&
			  buf_json_string(&bundle, body, sizeof(body) - 1) &&
			  buf_printf(&bundle,
						 ",\"entry_hash\":\"%s\",\"index\":%d,\"kind\":\"app.note\",\"leaf_hash\":"
						 "\"%s\",\"salt\":\"" SALT "\",\"seq\":%d,\"stream\":\"" TENANT
						 "\",\"type\":\"entry\"}",
						 entry_hash, (int) idx, leaf_hash, (int) idx + 1));
	end_line(false);
}

/* The tenant's meta leaf is the second of two. */
static void
add_anchor(const Merkle *tree)
{
	const unsigned char other[DIGEST_SIZE] = {1};
	MetaRecord	meta = {.epoch = 1, .size = tree->size, .round = 9};
	Checkpoint	checkpoint = {.origin = "portarium.local/unit"};
	unsigned char salt[SALT_SIZE];
	unsigned char tenant[UUID_SIZE];
	unsigned char data[META_DATA_SIZE];
	unsigned char leaf[DIGEST_SIZE];
	char		hex[2 * DIGEST_SIZE + 1];
	char		other_hex[2 * DIGEST_SIZE + 1];
	char		note[NOTE_MAX];
	Merkle		meta_tree;

	merkle_init(&meta_tree);
	CHECK("meta", merkle_root(tree, meta.root) && hex_decode(SALT, salt, SALT_SIZE) &&
					  record_uuid_parse(TENANT, tenant) &&
					  record_tenant_hash(salt, tenant, meta.tenant_hash));
	record_meta_data(&meta, data);
	CHECK("meta tree", record_leaf_hash(data, sizeof(data), leaf) &&
						   merkle_append(&meta_tree, other) && merkle_append(&meta_tree, leaf) &&
						   merkle_root(&meta_tree, checkpoint.root));
	checkpoint.size = meta_tree.size;
	hex_encode(meta.root, DIGEST_SIZE, hex);
	hex_encode(other, DIGEST_SIZE, other_hex);
	CHECK("meta line", buf_printf(&bundle,
								  "{\"index\":1,\"proof\":[\"%s\"],\"root\":\"%s\",\"round\":9,"
								  "\"size\":%d,\"type\":\"meta\"}",
								  other_hex, hex, (int) tree->size));
	end_line(true);
	sign(&checkpoint, note);
	CHECK("checkpoint line", buf_text(&bundle, "{\"note\":") &&
								 buf_json_string(&bundle, note, strlen(note)) &&
								 buf_text(&bundle, ",\"type\":\"checkpoint\"}"));
	end_line(true);
}

static void
make_bundle(int entries)
{
	LeafRecord	leaf = {.epoch = 1};
	Merkle		tree;
	char		hex[2 * DIGEST_SIZE + 1];

	merkle_init(&tree);
	buf_init(&bundle, 1 << 22);
	memset(digest, 0, sizeof(digest));
	n_lines = 0;
	CHECK("tenant", record_uuid_parse(TENANT, leaf.tenant));
	CHECK("manifest line",
		  buf_printf(&bundle,
					 "{\"epoch\":1,\"first\":0,\"format\":\"portarium-evidence/"
					 "1\",\"size\":%d,\"tenant\":\"" TENANT "\",\"tenant_salt\":\"" SALT
					 "\",\"type\":\"manifest\",\"vkeys\":[\"%s\"]}",
					 entries, vkey));
	end_line(true);
	for (int i = 0; i < entries; i++)
		add_entry((uint64_t) i, &leaf, &tree);
	add_anchor(&tree);
	hex_encode(digest, DIGEST_SIZE, hex);
	CHECK("end line",
		  buf_printf(&bundle, "{\"lines\":%zu,\"sha256\":\"%s\",\"type\":\"end\"}", n_lines, hex));
	end_line(true);
}

static void
judge(const char *bytes, size_t len, bool with_key, Report *report)
{
	FILE	   *file = fmemopen((void *) bytes, len, "rb");
	Trust		trust = {0};
	Failure		failure;

	report_init(report);
	if (with_key)
		CHECK("given key", trust_argument(&trust, vkey, &failure));
	bundle_verify(file, &trust, 0, report);
	(void) fclose(file);
}

static void
test_good(void)
{
	Report		report;

	judge(bundle.data, bundle.len, true, &report);
	CHECK("holds with the key",
		  report.verdict == VERDICT_GOOD && report.key_given && report.entries == ENTRIES &&
			  report.signed_ && report.checkpoint.size == 2 && strcmp(report.tenant, TENANT) == 0);
	judge(bundle.data, bundle.len, false, &report);
	CHECK("holds with its own key", report.verdict == VERDICT_GOOD && !report.key_given);
}

/* A change of the line end joins two lines; it is seen at the first of them or after. */
static void
test_changes(void)
{
	char	   *changed = malloc(bundle.len);
	Report		report;
	bool		seen = true;
	bool		named = true;

	for (size_t line = 0; line < n_lines; line++)
	{
		for (size_t at = line_at[line]; at < line_at[line + 1]; at++)
		{
			for (unsigned char bit = 1; bit != 0; bit = (unsigned char) (bit << 1))
			{
				memcpy(changed, bundle.data, bundle.len);
				changed[at] = (char) (changed[at] ^ bit);
				judge(changed, bundle.len, at % 2 == 0, &report);
				seen = seen && report.verdict != VERDICT_GOOD && report.reason[0] != '\0';
				if (line >= 1 && line <= ENTRIES)
					named = named && report.verdict == VERDICT_TAMPERED &&
							report.bad_index == (int64_t) line - 1;
			}
		}
	}
	CHECK("every change of a bit is seen", seen);
	CHECK("every changed entry is named", named);
	free(changed);
}

static void
test_cuts(void)
{
	Report		report;
	bool		seen = true;

	for (size_t len = 1; len < bundle.len; len++)
	{
		judge(bundle.data, len, true, &report);
		seen = seen && report.verdict != VERDICT_GOOD;
	}
	CHECK("every cut is seen", seen);
}

/* Moves whole lines: without one, one twice, two exchanged. */
static void
test_lines(void)
{
	char	   *changed = malloc(2 * bundle.len);
	Report		report;

	for (size_t line = 1; line <= ENTRIES; line++)
	{
		const size_t start = line_at[line];
		const size_t next = line_at[line + 1];

		memcpy(changed, bundle.data, start);
		memcpy(changed + start, bundle.data + next, bundle.len - next);
		judge(changed, bundle.len - (next - start), true, &report);
		CHECK("a missing entry is named",
			  report.verdict == VERDICT_TAMPERED && report.bad_index == (int64_t) line - 1);
		memcpy(changed, bundle.data, next);
		memcpy(changed + next, bundle.data + start, bundle.len - start);
		judge(changed, bundle.len + (next - start), true, &report);
		CHECK("a doubled entry is named",
			  report.verdict == VERDICT_TAMPERED && report.bad_index == (int64_t) line);
	}
	memcpy(changed, bundle.data, line_at[2]);
	memcpy(changed + line_at[2], bundle.data + line_at[3], line_at[4] - line_at[3]);
	memcpy(changed + line_at[2] + line_at[4] - line_at[3], bundle.data + line_at[2],
		   line_at[3] - line_at[2]);
	memcpy(changed + line_at[4], bundle.data + line_at[4], bundle.len - line_at[4]);
	judge(changed, bundle.len, true, &report);
	CHECK("exchanged entries are named",
		  report.verdict == VERDICT_TAMPERED && report.bad_index == 1);
	memcpy(changed, bundle.data, bundle.len);
	changed[bundle.len] = '\n';
	judge(changed, bundle.len + 1, true, &report);
	CHECK("something behind the end", report.verdict == VERDICT_TAMPERED);
	free(changed);
}

static void
test_keys(void)
{
	static const char other[] =
		"portarium.local/test+d064d146+AVvjhvCZ8jA841Xnf0rXZjdK/PrgK9XPxCYdRnlA7Hp8";
	FILE	   *file = fmemopen(bundle.data, bundle.len, "rb");
	Trust		trust = {0};
	Failure		failure;
	Report		report;

	report_init(&report);
	CHECK("another key", trust_argument(&trust, other, &failure));
	bundle_verify(file, &trust, 0, &report);
	CHECK("does not hold with another key", report.verdict == VERDICT_TAMPERED && !report.signed_);
	(void) fclose(file);
	judge("{}\n", 3, true, &report);
	CHECK("something else is not a bundle", report.verdict == VERDICT_UNUSABLE);
}

/* The first of two changes is named, wherever they lie. */
static void
test_many(void)
{
	static const size_t bad[] = {0, BATCH_LINES - 1, BATCH_LINES, BATCH_LINES + 1, MANY - 1};
	Report		report;

	judge(bundle.data, bundle.len, true, &report);
	CHECK("many hold", report.verdict == VERDICT_GOOD && report.entries == MANY);
	bundle.data[line_at[MANY] + 20] ^= 1;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		bundle.data[line_at[bad[i] + 1] + 10] ^= 1;
		judge(bundle.data, bundle.len, true, &report);
		CHECK("the first is named", report.verdict == VERDICT_TAMPERED &&
			  report.bad_index == (int64_t) bad[i] && report.bad_line == bad[i] + 2 &&
			  report.entries == bad[i]);
		bundle.data[line_at[bad[i] + 1] + 10] ^= 1;
	}
	bundle.data[line_at[MANY] + 20] ^= 1;
	judge(bundle.data, line_at[2 * BATCH_LINES] + 9, true, &report);
	CHECK("a cut behind whole batches", report.verdict == VERDICT_TAMPERED &&
		  report.bad_index == 2 * BATCH_LINES - 1);
}

int
main(void)
{
	make_key();
	make_bundle(ENTRIES);
	test_good();
	test_changes();
	test_cuts();
	test_lines();
	test_keys();
	buf_free(&bundle);
	make_bundle(MANY);
	test_many();
	buf_free(&bundle);
	EVP_PKEY_free(pkey);
	return check_close();
}
