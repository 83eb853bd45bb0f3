/*
 * test_text.c: texts that have one form, and all the others; notes that lie.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "evidence/note.h"
#include "evidence/record.h"

static const char vkey[] =
	"portarium.local/test+d064d146+AVvjhvCZ8jA841Xnf0rXZjdK/PrgK9XPxCYdRnlA7Hp8";
static const char note[] =
	"portarium.local/test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
	"\xe2\x80\x94 portarium.local/test "
	"0GTRRr3SAx9Wf6KGcsIXUOiJsFPUu/l8IGqGCCBHoCDei+0cH0h8g2M2UZvI3nLDXx+/"
	"AHEleXrEYFzVEoB4a8S36A0=\n";

static void
test_times(void)
{
	static const char *const wrong[] = {"",
										"2024-02-30T00:00:00.000000Z",
										"2023-02-29T00:00:00.000000Z",
										"1900-02-29T00:00:00.000000Z",
										"2024-00-01T00:00:00.000000Z",
										"2024-13-01T00:00:00.000000Z",
										"2024-01-00T00:00:00.000000Z",
										"2024-01-01T24:00:00.000000Z",
										"2024-01-01T00:60:00.000000Z",
										"2024-01-01T00:00:60.000000Z",
										"2024-01-01T00:00:00.00000Z",
										"2024-01-01T00:00:00.0000000Z",
										"2024-01-01 00:00:00.000000Z",
										"2024-01-01T00:00:00.000000z",
										"2024-01-01T00:00:00.000000Z ",
										"0000-01-01T00:00:00.000000Z",
										"+024-01-01T00:00:00.000000Z",
										"2024-01-01T00:00:00.000000+"};
	int64_t		at;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(wrong[i], !record_time_parse(wrong[i], &at));
	CHECK("a leap day",
		  record_time_parse("2024-02-29T12:34:56.000001Z", &at) && at == INT64_C(1709210096000001));
	CHECK("a leap day of a century",
		  record_time_parse("2000-02-29T00:00:00.000000Z", &at) && at == INT64_C(951782400000000));
	CHECK("the first year", record_time_parse("0001-01-01T00:00:00.000000Z", &at) &&
								at == INT64_C(-62135596800000000));
}

static void
test_uuids(void)
{
	unsigned char uuid[UUID_SIZE];

	CHECK("a uuid",
		  record_uuid_parse("00112233-4455-6677-8899-aabbccddeeff", uuid) && uuid[15] == 0xff);
	CHECK("upper case", !record_uuid_parse("00112233-4455-6677-8899-AABBCCDDEEFF", uuid));
	CHECK("too short", !record_uuid_parse("00112233-4455-6677-8899-aabbccddeef", uuid));
	CHECK("too long", !record_uuid_parse("00112233-4455-6677-8899-aabbccddeeff0", uuid));
	CHECK("a hyphen elsewhere", !record_uuid_parse("001122334-455-6677-8899-aabbccddeeff", uuid));
	CHECK("no hyphens", !record_uuid_parse("00112233445566778899aabbccddeeff0000", uuid));
	CHECK("empty", !record_uuid_parse("", uuid));
}

static void
test_keys(void)
{
	char		changed[sizeof(vkey)];
	NoteKey		key;

	CHECK("a key", note_key_parse(vkey, &key) && strcmp(key.name, "portarium.local/test") == 0);
	for (size_t i = 0; i < sizeof(vkey) - 1; i++)
	{
		memcpy(changed, vkey, sizeof(vkey));
		changed[i] ^= 1;
		CHECK("a changed key", !note_key_parse(changed, &key));
	}
	for (size_t i = 0; i < sizeof(vkey) - 1; i++)
	{
		memcpy(changed, vkey, i);
		changed[i] = '\0';
		CHECK("a cut key", !note_key_parse(changed, &key));
	}
	CHECK("a name with a blank", !note_key_make("a b", key.public_key, &key));
	CHECK("a name with a plus", !note_key_make("a+b", key.public_key, &key));
	CHECK("no name", !note_key_make("", key.public_key, &key));
}

/* Every byte of the text and the signature counts; what is changed in the name is another's line. */
static void
test_notes(void)
{
	const size_t name_at = strlen(note) - 92 - 1 - strlen("portarium.local/test ");
	char		changed[2 * sizeof(note)];
	Checkpoint	checkpoint;
	Failure		failure;
	NoteKey		key;

	CHECK("its key", note_key_parse(vkey, &key));
	CHECK("signed", note_verify(note, &key) == NOTE_SIGNED &&
						note_checkpoint_parse(note, &checkpoint, &failure));
	for (size_t i = 0; i < sizeof(note) - 1; i++)
	{
		memcpy(changed, note, sizeof(note));
		changed[i] ^= 1;
		/* but for what ends the last line */
		CHECK("a changed note", note_verify(changed, &key) != NOTE_SIGNED || i == sizeof(note) - 2);
	}
	memcpy(changed, note, sizeof(note));
	changed[name_at] = 'q';
	CHECK("another's line", note_verify(changed, &key) == NOTE_UNSIGNED);
	snprintf(changed, sizeof(changed), "%s\xe2\x80\x94 witness.example AAAAAAAA\n", note);
	CHECK("a witness beside it", note_verify(changed, &key) == NOTE_SIGNED);
	changed[sizeof(note) - 9] ^= 1;
	CHECK("a forged line", note_verify(changed, &key) == NOTE_FORGED);
	snprintf(changed, sizeof(changed), "%s%s", note, strstr(note, "\n\n") + 2);
	changed[strlen(changed) - 8] ^= 1;
	CHECK("a forged line beside a good one", note_verify(changed, &key) == NOTE_FORGED);
	CHECK("no note",
		  note_verify("", &key) == NOTE_UNSIGNED && note_verify("a\nb", &key) == NOTE_UNSIGNED);
}

/* Sizes that spell the same number in another way are not checkpoints. */
static void
test_checkpoints(void)
{
	static const char *const wrong[] = {
		"",
		"a\n1\n",
		"a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
		"a\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
		"a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
		"a\n1 \n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
		"a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==\n\n",
		"a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextra\n\n",
		"a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"};
	Checkpoint	checkpoint;
	Failure		failure;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(wrong[i], !note_checkpoint_parse(wrong[i], &checkpoint, &failure));
	CHECK("a good one",
		  note_checkpoint_parse("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
								&checkpoint, &failure));
}

int
main(void)
{
	test_times();
	test_uuids();
	test_keys();
	test_notes();
	test_checkpoints();
	return check_close();
}
