/*
 * test_vectors.c: the byte forms against the golden vectors, which another program made.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include <jansson.h>

#include "check.h"
#include "common/hex.h"
#include "evidence/merkle.h"
#include "evidence/note.h"
#include "evidence/record.h"

#define VECTORS "../../../vectors/"

static json_t *
load(const char *path)
{
	json_error_t error;
	json_t	   *vectors = json_load_file(path, 0, &error);

	CHECK(path, vectors != NULL);
	return vectors;
}

static const char *
text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static uint64_t
number(const json_t *object, const char *name)
{
	return (uint64_t) json_integer_value(json_object_get(object, name));
}

static bool
same_hash(const unsigned char hash[DIGEST_SIZE], const char *expected)
{
	char		hex[2 * DIGEST_SIZE + 1];

	hex_encode(hash, DIGEST_SIZE, hex);
	return strcmp(hex, expected) == 0;
}

static void
test_entries(void)
{
	json_t	   *vectors = load(VECTORS "entry_hash.json");
	const json_t *vector;
	size_t		i;

	json_array_foreach(vectors, i, vector)
	{
		EntryRecord entry = {
			.seq = (uint32_t) number(vector, "seq"),
			.kind = text(vector, "kind"),
			.kind_len = strlen(text(vector, "kind")),
			.actor = text(vector, "actor"),
			.actor_len = strlen(text(vector, "actor")),
			.canon = text(vector, "canon"),
			.canon_len = strlen(text(vector, "canon")),
		};
		unsigned char hash[DIGEST_SIZE];

		CHECK("time of an entry", record_time_parse(text(vector, "at"), &entry.at_us) &&
			  entry.at_us == (int64_t) json_integer_value(json_object_get(vector, "at_us")));
		CHECK("parts of an entry", hex_decode(text(vector, "salt"), entry.salt, SALT_SIZE) &&
			  record_uuid_parse(text(vector, "tenant"), entry.tenant) &&
			  record_uuid_parse(text(vector, "stream"), entry.stream));
		CHECK(text(vector, "name"),
			  record_entry_hash(&entry, hash) && same_hash(hash, text(vector, "entry_hash")));
	}
	json_decref(vectors);
}

static void
check_state(const Merkle *tree, const json_t *states)
{
	const json_t *state;
	size_t		i;

	json_array_foreach(states, i, state)
	{
		char		frontier[2 * MERKLE_DEPTH * DIGEST_SIZE + 1];
		unsigned char root[DIGEST_SIZE];

		if (number(state, "size") != tree->size)
			continue;
		hex_encode(tree->node, tree->n * DIGEST_SIZE, frontier);
		CHECK("frontier", strcmp(frontier, text(state, "frontier")) == 0);
		CHECK("root", merkle_root(tree, root) && same_hash(root, text(state, "root")));
		CHECK("nodes of a size", merkle_nodes(tree->size) == tree->n);
	}
}

static void
test_tree(void)
{
	json_t	   *vectors = load(VECTORS "tree.json");
	const json_t *hash;
	size_t		i;
	LeafRecord	leaf = {.epoch = (uint32_t) number(vectors, "epoch")};
	Merkle		tree;

	merkle_init(&tree);
	CHECK("tenant", record_uuid_parse(text(vectors, "tenant"), leaf.tenant));
	check_state(&tree, json_object_get(vectors, "states"));
	json_array_foreach(json_object_get(vectors, "entry_hashes"), i, hash)
	{
		unsigned char data[LEAF_DATA_SIZE];

		leaf.idx = i;
		CHECK("entry hash", hex_decode(json_string_value(hash), leaf.entry_hash, DIGEST_SIZE));
		record_leaf_data(&leaf, data);
		CHECK("leaf",
			  record_leaf_hash(data, sizeof(data), leaf.prev) && merkle_append(&tree, leaf.prev));
		check_state(&tree, json_object_get(vectors, "states"));
	}
	CHECK("the vectors had leaves", tree.size > 8);
	json_decref(vectors);
}

static void
test_meta(void)
{
	json_t	   *vectors = load(VECTORS "meta.json");
	const json_t *vector;
	size_t		i;
	unsigned char salt[SALT_SIZE];
	unsigned char tenant[UUID_SIZE];
	MetaRecord	meta;
	Merkle		tree;

	merkle_init(&tree);
	CHECK("tenant's salted name", hex_decode(text(vectors, "tenant_salt"), salt, SALT_SIZE) &&
		  record_uuid_parse(text(vectors, "tenant"), tenant) &&
		  record_tenant_hash(salt, tenant, meta.tenant_hash) &&
		  same_hash(meta.tenant_hash, text(vectors, "tenant_hash")));
	json_array_foreach(json_object_get(vectors, "leaves"), i, vector)
	{
		unsigned char data[META_DATA_SIZE];
		char		hex[2 * META_DATA_SIZE + 1];
		unsigned char hash[DIGEST_SIZE];

		meta.epoch = (uint32_t) number(vector, "epoch");
		meta.size = number(vector, "size");
		meta.round = number(vector, "round");
		CHECK("root", hex_decode(text(vector, "root"), meta.root, DIGEST_SIZE));
		record_meta_data(&meta, data);
		hex_encode(data, sizeof(data), hex);
		CHECK("meta data", strcmp(hex, text(vector, "meta_data")) == 0);
		CHECK("meta leaf", record_leaf_hash(data, sizeof(data), hash) &&
							   same_hash(hash, text(vector, "meta_leaf")));
		CHECK("meta root", merkle_append(&tree, hash) && merkle_root(&tree, hash) &&
			  same_hash(hash, text(vector, "meta_root")));
	}
	json_decref(vectors);
}

static void
test_checkpoint(void)
{
	json_t	   *vector = load(VECTORS "checkpoint.json");
	const char *note = text(vector, "note");
	unsigned char signature[NOTE_SIGNATURE_SIZE];
	Checkpoint	checkpoint;
	NoteKey		key;
	char		again[NOTE_MAX];
	char		vkey[NOTE_VKEY_SIZE];
	size_t		len;
	Failure		failure;

	CHECK("vkey", note_key_parse(text(vector, "vkey"), &key));
	note_key_text(&key, vkey);
	CHECK("vkey again", strcmp(vkey, text(vector, "vkey")) == 0);
	CHECK("checkpoint", note_checkpoint_parse(note, &checkpoint, &failure) &&
							checkpoint.size == number(vector, "size") &&
							same_hash(checkpoint.root, text(vector, "root")));
	CHECK("signed", note_verify(note, &key) == NOTE_SIGNED);
	len = note_checkpoint_text(&checkpoint, again, sizeof(again));
	CHECK("text",
		  len == strlen(text(vector, "text")) && memcmp(again, text(vector, "text"), len) == 0);
	CHECK("signature", hex_decode(text(vector, "signature"), signature, sizeof(signature)));
	CHECK("note",
		  note_sign(again, sizeof(again), &key, signature) && strcmp(again, note) == 0);
	json_decref(vector);
}

int
main(void)
{
	test_entries();
	test_tree();
	test_meta();
	test_checkpoint();
	return check_close();
}
