/*
 * cosigner.c: a witness.
 *
 * Order of one request: its form; the log's signature, by a key of the policy; the size that the caller
 * starts from is the one signed last; the proof that the new checkpoint extends that one; what is signed
 * is kept, on disk, before the signature leaves.  So two answers can never be of two histories.  Requests
 * are taken one after the other, and the directory of what was signed is this process's alone.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/cosigner.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/ready.h"
#include "common/sigs.h"
#include "evidence/merkle.h"
#include "evidence/policy.h"
#include "notary/inbox.h"
#include "notary/key.h"
#include "notary/seen.h"

#define COSIGNER_FAILED 1
#define COSIGNER_PATH "/add-checkpoint"

typedef struct Cosigner
{
	Policy		policy;
	Key		   *key;
	Seen	   *seen;
} Cosigner;

/* What a request says. */
typedef struct Question
{
	uint64_t	old_size;
	unsigned char proof[MERKLE_DEPTH + 1][DIGEST_SIZE];
	size_t		n_proof;
	const char *note;
	Checkpoint	checkpoint;
} Question;

static bool
question_proof(const char **at, Question *question)
{
	while (**at != '\n')
	{
		unsigned char bytes[BASE64_BYTES_SIZE(BASE64_TEXT_SIZE(DIGEST_SIZE))];
		const size_t len = strcspn(*at, "\n");
		size_t		n;

		if (len != BASE64_TEXT_SIZE(DIGEST_SIZE) - 1 || (*at)[len] != '\n' ||
			question->n_proof > MERKLE_DEPTH ||
			!base64_decode(BASE64_STANDARD, *at, len, bytes, &n) || n != DIGEST_SIZE)
			return false;
		memcpy(question->proof[question->n_proof++], bytes, DIGEST_SIZE);
		*at += len + 1;
	}
	return true;
}

static bool
question_read(const char *body, Question *question)
{
	Failure		failure;
	char	   *end;
	const char *at;

	memset(question, 0, sizeof(*question));
	if (strncmp(body, "old ", 4) != 0 || body[4] < '0' || body[4] > '9')
		return false;
	question->old_size = strtoull(body + 4, &end, 10);
	if (*end != '\n' || (body[4] == '0' && end != body + 5))
		return false;
	at = end + 1;
	if (!question_proof(&at, question))
		return false;
	question->note = at + 1;
	return strlen(question->note) < NOTE_MAX &&
		note_checkpoint_parse(question->note, &question->checkpoint, &failure);
}

/* Is it by a log of the policy?  0 when it is, else the status. */
static int
cosigner_log(const Cosigner *self, const Question *question)
{
	bool		known = false;

	for (size_t i = 0; i < self->policy.n_logs; i++)
	{
		if (strcmp(self->policy.log[i].name, question->checkpoint.origin) != 0)
			continue;
		known = true;
		if (note_verify(question->note, &self->policy.log[i]) == NOTE_SIGNED)
			return 0;
	}
	return known ? 403 : 404;
}

/* Does it extend what was signed last?  0 when it does, else the status. */
static int
cosigner_extends(const Question *question, const Checkpoint *last)
{
	MerkleEnd	from = {.size = last->size};
	MerkleEnd	to = {.size = question->checkpoint.size};

	if (question->old_size > to.size)
		return 400;
	if (question->old_size != last->size ||
		(last->size == to.size && last->size > 0 &&
		 memcmp(last->root, question->checkpoint.root, DIGEST_SIZE) != 0))
		return 409;
	memcpy(from.root, last->root, DIGEST_SIZE);
	memcpy(to.root, question->checkpoint.root, DIGEST_SIZE);
	return merkle_consistent(&from, &to, (const unsigned char (*)[DIGEST_SIZE]) question->proof,
							 question->n_proof) ? 0 : 422;
}

/* Keeps it and signs it: 200, or 500. */
static int
cosigner_sign(Cosigner *self, const Question *question, InboxAnswer *answer)
{
	const uint64_t now = (uint64_t) (clock_wall_us() / 1000000);
	char		line[COSIGN_LINE_MAX];
	Failure		failure;

	if (seen_put(self->seen, &question->checkpoint, &failure) &&
		key_cosign(self->key, question->note, now, line, &failure) && buf_text(&answer->body, line))
		return 200;
	log_error("could not sign", log_text("reason", failure.message));
	return 500;
}

static int
cosigner_judge(Cosigner *self, const char *body, Question *question, InboxAnswer *answer)
{
	Checkpoint	last;
	Failure		failure;
	int			status;

	if (!question_read(body, question))
		return 400;
	status = cosigner_log(self, question);
	if (status != 0)
		return status;
	if (!seen_get(self->seen, question->checkpoint.origin, &last, &failure))
	{
		log_error("could not judge", log_text("reason", failure.message));
		return 500;
	}
	status = cosigner_extends(question, &last);
	if (status == 0)
		return cosigner_sign(self, question, answer);
	if (status == 409)
	{
		answer->content_type = "text/x.tlog.size";
		if (!buf_printf(&answer->body, "%" PRIu64 "\n", last.size))
			return 500;
	}
	return status;
}

static void
cosigner_handle(const char *body, InboxAnswer *answer, void *context)
{
	Question	question;

	answer->status = cosigner_judge(context, body, &question, answer);
	if (answer->status == 200)
		log_info("signed", log_text("log", question.checkpoint.origin),
				 log_number("meta_size", (int64_t) question.checkpoint.size));
	else
		log_warn("not signed", log_number("status", answer->status),
				 log_text("log", question.checkpoint.origin),
				 log_number("meta_size", (int64_t) question.checkpoint.size));
}

static void
cosigner_run(Cosigner *self, int signals, int listen_fd)
{
	struct pollfd fds[] = {{signals, POLLIN, 0}, {listen_fd, POLLIN, 0}};

	ready_line("portarium-notary", key_public(self->key)->name);
	while (poll(fds, 2, -1) < 0 || (fds[0].revents & POLLIN) == 0)
	{
		if ((fds[1].revents & POLLIN) != 0)
			inbox_serve(listen_fd, COSIGNER_PATH, cosigner_handle, self);
	}
}

int
cosigner_serve(const CosignerOptions *options)
{
	Cosigner	self = {.key = NULL};
	Failure		failure;
	const int	signals = sigs_open(false, &failure);
	int			listen_fd = -1;
	int			status = COSIGNER_FAILED;

	if (signals >= 0 && policy_read(&self.policy, options->policy_path, &failure) &&
		(self.key = key_load_witness(options->key_path, &failure)) != NULL &&
		(self.seen = seen_open(options->directory, &failure)) != NULL &&
		(listen_fd = listener_open(options->listen_on, &failure)) >= 0)
	{
		cosigner_run(&self, signals, listen_fd);
		status = 0;
	}
	else
		log_error("cannot work", log_text("reason", failure.message));
	if (listen_fd >= 0)
		(void) close(listen_fd);
	seen_close(self.seen);
	key_free(self.key);
	if (signals >= 0)
		(void) close(signals);
	return status;
}
