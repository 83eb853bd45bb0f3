/*
 * policy.h: whom to trust (C2SP tlog-policy): the log's keys, the witnesses, and how many of them are enough.
 *
 *     log portarium.local/7301/app+1f2e…+AQ…
 *     witness here one.example+0a1b…+BA… https://one.example/
 *     witness there two.example+2c3d…+BA… https://two.example/
 *     group both all here there                   a number, any or all of its members
 *     quorum both                                 a witness, a group, or none
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVIDENCE_POLICY_H
#define EVIDENCE_POLICY_H

#include "evidence/note.h"

#define POLICY_NAME_MAX 63
#define POLICY_URL_MAX 511
#define POLICY_LOGS_MAX 16
#define POLICY_PARTIES_MAX 32
#define POLICY_NONE (-1)

/* A witness, or a group of parties that stand before it. */
typedef struct PolicyParty
{
	char		name[POLICY_NAME_MAX + 1];
	bool		is_group;
	NoteKey		key;			/* of a witness */
	char		url[POLICY_URL_MAX + 1];	/* "": not said */
	uint32_t	members;		/* of a group: a bit for each party */
	unsigned	needed;
} PolicyParty;

typedef struct Policy
{
	NoteKey		log[POLICY_LOGS_MAX];
	size_t		n_logs;
	PolicyParty party[POLICY_PARTIES_MAX];
	size_t		n;
	int			quorum;			/* a party, or POLICY_NONE */
} Policy;

extern bool policy_read(Policy *policy, const char *path, Failure *failure) MUST_CHECK;

/*
 * Have enough witnesses signed the note?  A wrong signature of one of them is a failure, too.
 * *witnesses: how many did.
 */
extern bool policy_met(const Policy *policy, const char *note, unsigned *witnesses,
					   Failure *failure) MUST_CHECK;

#endif							/* EVIDENCE_POLICY_H */
