/*
 * trust.c: the keys that a verifier goes by.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool
trust_add(Trust *trust, const char *vkey, Failure *failure)
{
	if (trust->n == TRUST_KEYS_MAX)
	{
		failure_set(failure, "more than %d keys", TRUST_KEYS_MAX);
		return false;
	}
	if (!note_key_parse(vkey, &trust->key[trust->n]))
	{
		failure_set(failure, "\"%.200s\" is not a verifier key", vkey);
		return false;
	}
	trust->n++;
	return true;
}

bool
trust_evidence(Trust *trust, const char *vkey, Failure *failure)
{
	return trust->given || trust_add(trust, vkey, failure);
}

static bool
trust_file(Trust *trust, const char *path, Failure *failure)
{
	FILE	   *file = fopen(path, "r");
	char		line[NOTE_VKEY_SIZE + 1];
	bool		ok = true;

	if (file == NULL)
	{
		failure_set(failure, "could not open key file \"%s\": %s", path, strerror(errno));
		return false;
	}
	while (ok && fgets(line, sizeof(line), file) != NULL)
	{
		line[strcspn(line, "\r\n")] = '\0';
		ok = line[0] == '\0' || trust_add(trust, line, failure);
	}
	fclose(file);
	return ok;
}

bool
trust_argument(Trust *trust, const char *argument, Failure *failure)
{
	NoteKey		key;

	trust->given = true;
	return note_key_parse(argument, &key) ?
		trust_add(trust, argument, failure) : trust_file(trust, argument, failure);
}

bool
trust_policy(Trust *trust, const char *path, Failure *failure)
{
	if (!policy_read(&trust->policy, path, failure))
		return false;
	trust->given = true;
	trust->has_policy = true;
	for (size_t i = 0; i < trust->policy.n_logs; i++)
	{
		if (trust->n == TRUST_KEYS_MAX)
		{
			failure_set(failure, "more than %d keys", TRUST_KEYS_MAX);
			return false;
		}
		trust->key[trust->n++] = trust->policy.log[i];
	}
	return true;
}

bool
trust_witnessed(const Trust *trust, const char *note, unsigned *witnesses, Failure *failure)
{
	*witnesses = 0;
	return !trust->has_policy || policy_met(&trust->policy, note, witnesses, failure);
}

const NoteKey *
trust_signer(const Trust *trust, const char *note, Failure *failure)
{
	const NoteKey *signer = NULL;

	for (size_t i = 0; i < trust->n; i++)
	{
		NoteVerdict verdict = note_verify(note, &trust->key[i]);

		if (verdict == NOTE_FORGED)
		{
			failure_set(failure, "signature by key \"%s\" is wrong", trust->key[i].name);
			return NULL;
		}
		if (verdict == NOTE_SIGNED && signer == NULL)
			signer = &trust->key[i];
	}
	if (signer == NULL)
		failure_set(failure, "checkpoint is not signed by a trusted key");
	return signer;
}
