/*
 * report.h: what verification found, and saying it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/digest.h"
#include "common/failure.h"
#include "evidence/note.h"

/* Also the exit status. */
typedef enum Verdict
{
	VERDICT_GOOD = 0,
	VERDICT_TAMPERED = 1,		/* the file says something that is not so */
	VERDICT_UNUSABLE = 2		/* not a bundle, not readable, or no key */
} Verdict;

typedef struct Report
{
	Verdict		verdict;
	char		reason[sizeof(((Failure *) NULL)->message)];
	int64_t		bad_index;		/* of the first bad entry; -1: the finding is not of one entry */
	uint64_t	bad_line;		/* of the file, from 1; 0: none */
	char		tenant[37];
	uint32_t	epoch;
	uint64_t	entries;		/* that hold, those that are withheld or disposed of included */
	uint64_t	withheld;
	uint64_t	disposed;
	uint64_t	payloads;		/* that are what their entries commit to */
	uint64_t	size;			/* that the file claims */
	bool		signed_;		/* checkpoint and key below are known to be good */
	unsigned char root[DIGEST_SIZE];	/* of the tenant's tree */
	Checkpoint	checkpoint;
	NoteKey		key;
	bool		key_given;		/* with --key or --policy; else it came with the evidence */
	unsigned	witnesses;		/* of the policy, that have signed, too */
	bool		stamped;		/* the checkpoint, by somebody */
	bool		stamp_trusted;	/* whom the verifier was told to trust */
	int64_t		stamped_at;		/* seconds since the Unix epoch */
} Report;

extern void report_init(Report *report);

/* Fills the verdict, the place and the reason, once: the first finding stays.  Returns false. */
extern bool report_finding(Report *report, Verdict verdict, int64_t index, uint64_t line,
						   const char *reason);

extern void report_print(const Report *report, const char *path, FILE *out);
extern void report_print_json(const Report *report, FILE *out);

#endif							/* VERIFY_REPORT_H */
