/*
 * test_policy.c: who has signed, and whether that is enough.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "check.h"
#include "evidence/cosign.h"
#include "evidence/policy.h"

#define PARTIES 3

static char path[] = "/tmp/test_policy.XXXXXX";
static EVP_PKEY *secret[PARTIES];
static NoteKey witness[PARTIES];
static NoteKey log_key;

static bool
raw_key(const EVP_PKEY *key, unsigned char bytes[NOTE_KEY_SIZE])
{
	size_t		len = NOTE_KEY_SIZE;

	return EVP_PKEY_get_raw_public_key(key, bytes, &len) == 1;
}

static bool
make_keys(void)
{
	static const char *const names[] = {"one.example", "two.example", "three.example"};
	unsigned char bytes[NOTE_KEY_SIZE];
	bool		ok = true;

	for (int i = 0; ok && i < PARTIES; i++)
	{
		secret[i] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		ok = secret[i] != NULL && raw_key(secret[i], bytes) &&
			note_witness_make(names[i], bytes, &witness[i]);
	}
	return ok && note_key_make("portarium.local/test", bytes, &log_key);
}

/* Reads a policy of the log, the three witnesses a, b and c, and these lines. */
static bool
read_lines(const char *lines, Policy *policy)
{
	char		vkey[NOTE_VKEY_SIZE];
	FILE	   *file = fopen(path, "w");
	Failure		failure;
	bool		ok = file != NULL;

	note_key_text(&log_key, vkey);
	ok = ok && fprintf(file, "# whom to trust\n\nlog %s\n", vkey) > 0;
	for (int i = 0; ok && i < PARTIES; i++)
	{
		note_key_text(&witness[i], vkey);
		ok = fprintf(file, "witness %c %s http://127.0.0.1/\n", 'a' + i, vkey) > 0;
	}
	ok = ok && fputs(lines, file) >= 0;
	return file != NULL && fclose(file) == 0 && ok && policy_read(policy, path, &failure);
}

static bool
cosign(int i, uint64_t time, char note[NOTE_MAX])
{
	unsigned char signature[NOTE_SIGNATURE_SIZE];
	char		line[COSIGN_LINE_MAX];
	char		text[NOTE_MAX];
	const size_t len = cosign_text(note, time, text, sizeof(text));
	size_t		signature_len = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		ok = EVP_DigestSignInit(context, NULL, NULL, NULL, secret[i]) == 1 &&
		EVP_DigestSign(context, signature, &signature_len, (unsigned char *) text, len) == 1 &&
		cosign_line(&witness[i], time, signature, line);

	EVP_MD_CTX_free(context);
	if (ok)
		snprintf(note + strlen(note), NOTE_MAX - strlen(note), "%s", line);
	return ok;
}

static void
test_forms(void)
{
	static const char *const bad[] = {
		"", "quorum x\n", "quorum none\nquorum none\n", "group g 2 a\nquorum g\n",
		"group g 0 a\nquorum g\n", "group g any\nquorum g\n", "group g any a a\nquorum g\n",
		"group a any b\nquorum a\n", "group none any b\nquorum none\n", "group g any h\nquorum none\n",
		"witness d nonsense\nquorum none\n", "else\nquorum none\n", "log nonsense\nquorum none\n"
	};
	Policy		policy;

	CHECK("no quorum needed", read_lines("quorum none\n", &policy) && policy.n == PARTIES &&
		  policy.quorum == POLICY_NONE);
	CHECK("a group of groups", read_lines("group g any a b\ngroup h all g c\nquorum h\n", &policy) &&
		  policy.n == PARTIES + 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(bad[i], !read_lines(bad[i], &policy));
}

static void
test_quorum(void)
{
	static const char lines[] = "group g any a b\ngroup h all g c\nquorum h\n";
	char		note[NOTE_MAX] = "portarium.local/test\n7\nAAAA\n\n";
	Policy		policy;
	Failure		failure;
	uint64_t	time;
	unsigned	n;
	char	   *line;

	CHECK("read", read_lines(lines, &policy));
	CHECK("nobody", !policy_met(&policy, note, &n, &failure) && n == 0);
	CHECK("one of the two", cosign(1, 1700000000, note) && !policy_met(&policy, note, &n, &failure) && n == 1);
	CHECK("and the third", cosign(2, 1700000001, note) && policy_met(&policy, note, &n, &failure) && n == 2);
	CHECK("when", cosign_verify(note, &witness[2], &time) == NOTE_SIGNED && time == 1700000001);
	CHECK("not who has not", cosign_verify(note, &witness[0], &time) == NOTE_UNSIGNED);
	CHECK("a log's key is no witness's", note_verify(note, &witness[2]) == NOTE_UNSIGNED);
	note[21] ^= 1;
	CHECK("of another checkpoint", !policy_met(&policy, note, &n, &failure));
	note[21] ^= 1;
	line = strstr(note, "three.example");
	line[40] = line[40] == 'A' ? 'B' : 'A';
	CHECK("another signature", cosign_verify(note, &witness[2], &time) == NOTE_FORGED &&
		  !policy_met(&policy, note, &n, &failure));
}

int
main(void)
{
	CHECK("a file", close(mkstemp(path)) == 0);
	CHECK("keys", make_keys());
	test_forms();
	test_quorum();
	for (int i = 0; i < PARTIES; i++)
		EVP_PKEY_free(secret[i]);
	(void) unlink(path);
	return check_close();
}
