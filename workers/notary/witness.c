/*
 * witness.c: asking witnesses to sign a checkpoint, too.
 *
 * Order for each: the proof from the size that it has signed to the new one; if it says that it has
 * signed another size, once more from there; its line is verified and appended.  One that does not
 * answer is only missed: the policy says how many are enough.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/log.h"
#include "evidence/cosign.h"
#include "notary/consistency.h"
#include "notary/post.h"

#define WITNESS_TRIES 2
#define WITNESS_ANSWER_MAX 4096
#define WITNESS_QUESTION_MAX (NOTE_MAX + (MERKLE_DEPTH + 2) * 48)
#define WITNESS_OK 200
#define WITNESS_CONFLICT 409

static bool
witness_question(Store *store, uint64_t old_size, uint64_t size, const char *note, Buf *question,
				 Failure *failure)
{
	unsigned char proof[MERKLE_DEPTH + 1][DIGEST_SIZE];
	char		base64[BASE64_TEXT_SIZE(DIGEST_SIZE)];
	size_t		n;
	bool		ok;

	if (!consistency_proof(store, old_size, size, proof, &n, failure))
		return false;
	ok = buf_printf(question, "old %" PRIu64 "\n", old_size);
	for (size_t i = 0; ok && i < n; i++)
	{
		base64_encode(BASE64_STANDARD, proof[i], DIGEST_SIZE, base64);
		ok = buf_printf(question, "%s\n", base64);
	}
	if (ok && buf_printf(question, "\n%s", note))
		return true;
	failure_set(failure, "no memory for a question to a witness");
	return false;
}

/* Appends the witness's line of the answer, when it is good. */
static bool
witness_take(const NoteKey *witness, const char *answer, char note[NOTE_MAX])
{
	char		longer[NOTE_MAX];
	uint64_t	time;

	for (const char *line = answer; *line != '\0';)
	{
		const size_t len = strcspn(line, "\n");
		const int	end = snprintf(longer, sizeof(longer), "%s%.*s\n", note, (int) len, line);

		if (end > 0 && end < NOTE_MAX && cosign_verify(longer, witness, &time) == NOTE_SIGNED)
		{
			memcpy(note, longer, (size_t) end + 1);
			return true;
		}
		line += len + (line[len] == '\n');
	}
	return false;
}

/* One question; *status: of the answer, 0 when none came. */
static bool
witness_once(const PolicyParty *party, Store *store, uint64_t old_size, uint64_t size,
			 const char *note, Buf *answer, long *status, Failure *failure)
{
	char		url[POLICY_URL_MAX + 32];
	const char *slash = party->url[strlen(party->url) - 1] == '/' ? "" : "/";
	PostRequest request = {url, "Content-Type: text/plain", NULL, 0};
	Buf			question;
	bool		ok;

	*status = 0;
	snprintf(url, sizeof(url), "%s%sadd-checkpoint", party->url, slash);
	buf_init(&question, WITNESS_QUESTION_MAX);
	buf_reset(answer);
	ok = witness_question(store, old_size, size, note, &question, failure);
	request.body = question.data;
	request.len = question.len;
	if (ok && !post(&request, answer, status))
		*status = 0;
	buf_free(&question);
	return ok;
}

/* True unless the store failed; that the witness has not signed is only said. */
static bool
witness_party(const PolicyParty *party, uint64_t *seen, Store *store, uint64_t size,
			  char note[NOTE_MAX], Failure *failure)
{
	bool		done = false;
	bool		ok = true;
	long		status = WITNESS_CONFLICT;
	Buf			answer;

	buf_init(&answer, WITNESS_ANSWER_MAX);
	for (int i = 0; ok && status == WITNESS_CONFLICT && i < WITNESS_TRIES; i++)
	{
		ok = witness_once(party, store, *seen, size, note, &answer, &status, failure);
		done = ok && status == WITNESS_OK && witness_take(&party->key, answer.data, note);
		if (done)
			*seen = size;
		else if (status == WITNESS_CONFLICT)
			*seen = strtoull(answer.data, NULL, 10);
		if (*seen > size)
			break;
	}
	if (ok && !done)
		log_warn("witness has not signed", log_text("witness", party->name),
				 log_number("status", status), log_number("meta_size", (int64_t) size),
				 log_number("seen", (int64_t) *seen));
	buf_free(&answer);
	return ok;
}

bool
witness_ask(Witnesses *witnesses, Store *store, uint64_t size, char note[NOTE_MAX],
			Failure *failure)
{
	const Policy *policy = &witnesses->policy;
	unsigned	n;

	for (size_t i = 0; i < policy->n; i++)
	{
		const PolicyParty *party = &policy->party[i];

		if (!party->is_group && party->url[0] != '\0' &&
			!witness_party(party, &witnesses->seen[i], store, size, note, failure))
			return false;
	}
	if (policy_met(policy, note, &n, failure))
		return true;
	failure_set_sqlstate(failure, "08006", "only %u witnesses have signed checkpoint %" PRIu64, n,
						 size);
	return false;
}
