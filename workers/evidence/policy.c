/*
 * policy.c: whom to trust.
 *
 * A name stands for what was said of it in an earlier line, so a policy has no circles and one pass over
 * the parties judges a note.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "evidence/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/cosign.h"

#define POLICY_LINE_MAX 4096

static int
policy_find(const Policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->n; i++)
	{
		if (strcmp(policy->party[i].name, name) == 0)
			return (int) i;
	}
	return POLICY_NONE;
}

/* A new party of this name; NULL when the name is taken or there are too many. */
static PolicyParty *
policy_add(Policy *policy, const char *name)
{
	PolicyParty *party = &policy->party[policy->n];

	if (name == NULL || strlen(name) > POLICY_NAME_MAX || strcmp(name, "none") == 0 ||
		policy->n == POLICY_PARTIES_MAX || policy_find(policy, name) != POLICY_NONE)
		return NULL;
	memset(party, 0, sizeof(*party));
	snprintf(party->name, sizeof(party->name), "%s", name);
	return party;
}

static bool
policy_log(Policy *policy, const char *vkey)
{
	if (vkey == NULL || policy->n_logs == POLICY_LOGS_MAX ||
		!note_key_parse(vkey, &policy->log[policy->n_logs]))
		return false;
	policy->n_logs++;
	return true;
}

static bool
policy_witness(Policy *policy, char **at)
{
	PolicyParty *party = policy_add(policy, strtok_r(NULL, " \t", at));
	const char *vkey = strtok_r(NULL, " \t", at);
	const char *url = strtok_r(NULL, " \t", at);

	if (party == NULL || vkey == NULL || !note_witness_parse(vkey, &party->key) ||
		(url != NULL && strlen(url) > POLICY_URL_MAX) || strtok_r(NULL, " \t", at) != NULL)
		return false;
	snprintf(party->url, sizeof(party->url), "%s", url != NULL ? url : "");
	policy->n++;
	return true;
}

static bool
policy_group(Policy *policy, char **at)
{
	PolicyParty *party = policy_add(policy, strtok_r(NULL, " \t", at));
	const char *needed = strtok_r(NULL, " \t", at);
	unsigned	n = 0;

	if (party == NULL || needed == NULL)
		return false;
	party->is_group = true;
	for (const char *name = strtok_r(NULL, " \t", at); name != NULL; name = strtok_r(NULL, " \t", at))
	{
		const int	member = policy_find(policy, name);

		if (member == POLICY_NONE || (party->members & UINT32_C(1) << member) != 0)
			return false;
		party->members |= UINT32_C(1) << member;
		n++;
	}
	party->needed = strcmp(needed, "all") == 0 ? n : strcmp(needed, "any") == 0 ? 1 :
		(unsigned) strtoul(needed, NULL, 10);
	policy->n++;
	return party->needed > 0 && party->needed <= n;
}

static bool
policy_quorum(Policy *policy, const char *name, bool *said)
{
	if (name == NULL || *said)
		return false;
	*said = true;
	policy->quorum = policy_find(policy, name);
	return policy->quorum != POLICY_NONE || strcmp(name, "none") == 0;
}

/* Empty lines and those that begin with # say nothing. */
static bool
policy_line(Policy *policy, char *line, bool *quorum_said)
{
	char	   *at;
	const char *word;

	line[strcspn(line, "\r\n")] = '\0';
	word = strtok_r(line, " \t", &at);
	if (word == NULL || word[0] == '#')
		return true;
	if (strcmp(word, "log") == 0)
		return policy_log(policy, strtok_r(NULL, " \t", &at));
	if (strcmp(word, "witness") == 0)
		return policy_witness(policy, &at);
	if (strcmp(word, "group") == 0)
		return policy_group(policy, &at);
	return strcmp(word, "quorum") == 0 &&
		policy_quorum(policy, strtok_r(NULL, " \t", &at), quorum_said);
}

bool
policy_read(Policy *policy, const char *path, Failure *failure)
{
	FILE	   *file = fopen(path, "re");
	char		line[POLICY_LINE_MAX];
	bool		quorum_said = false;
	bool		ok = true;
	int			n = 0;

	memset(policy, 0, sizeof(*policy));
	policy->quorum = POLICY_NONE;
	if (file == NULL)
	{
		failure_set(failure, "could not open policy \"%s\": %s", path, strerror(errno));
		return false;
	}
	while (ok && fgets(line, sizeof(line), file) != NULL)
	{
		n++;
		ok = policy_line(policy, line, &quorum_said);
	}
	(void) fclose(file);
	if (!ok)
		failure_set(failure, "policy \"%s\" has a line %d that says nothing it can", path, n);
	else if (policy->n_logs == 0 || !quorum_said)
	{
		failure_set(failure, "policy \"%s\" has no log or no quorum", path);
		ok = false;
	}
	return ok;
}

bool
policy_met(const Policy *policy, const char *note, unsigned *witnesses, Failure *failure)
{
	uint32_t	good = 0;
	uint64_t	time;

	*witnesses = 0;
	for (size_t i = 0; i < policy->n; i++)
	{
		const PolicyParty *party = &policy->party[i];
		NoteVerdict verdict = NOTE_UNSIGNED;

		if (party->is_group)
			verdict = (unsigned) __builtin_popcount(party->members & good) >= party->needed ?
				NOTE_SIGNED : NOTE_UNSIGNED;
		else
			verdict = cosign_verify(note, &party->key, &time);
		if (verdict == NOTE_FORGED)
		{
			failure_set(failure, "signature by witness \"%s\" is wrong", party->key.name);
			return false;
		}
		good |= (uint32_t) (verdict == NOTE_SIGNED) << i;
		*witnesses += verdict == NOTE_SIGNED && !party->is_group;
	}
	if (policy->quorum == POLICY_NONE || (good & UINT32_C(1) << policy->quorum) != 0)
		return true;
	failure_set(failure, "checkpoint is not signed by enough witnesses");
	return false;
}
