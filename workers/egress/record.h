/*
 * record.h: what is said of each attempt to get out: a log line, and a CloudEvent.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_RECORD_H
#define EGRESS_RECORD_H

#include <stdint.h>

#include "egress/demand.h"

typedef enum Verdict
{
	VERDICT_ALLOWED,
	VERDICT_REFUSED,			/* by a rule, an address, or the client's own form */
	VERDICT_FAILED				/* allowed, but it did not come about */
} Verdict;

typedef struct Record
{
	const Demand *demand;		/* NULL: it could not be read */
	Verdict		verdict;
	const char *address;		/* empty: none was found */
	const char *reason;			/* empty: none is needed */
	int64_t		up;
	int64_t		down;
	int64_t		ms;
} Record;

/* Opens the file of events for appending; an empty path is none. */
extern bool record_open(const char *path, int *events_fd, Failure *failure) MUST_CHECK;

/* At the end of an attempt.  Any thread: each line is one write. */
extern void record_write(int events_fd, const Record *record);

#endif							/* EGRESS_RECORD_H */
