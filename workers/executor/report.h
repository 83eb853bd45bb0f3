/*
 * report.h: acknowledging ended jobs.
 *
 * Acknowledgements go out in batches.  When the database refuses a batch, one of its members is to
 * blame and the others must not suffer: every one of them is sent again alone, with nothing
 * claimed in the same call.  One that is refused alone has an output that the database does not
 * take; it is reported as an error instead, and given up if even that is refused, so that its lease
 * expires.  Refusals that no output can cause (rights, a missing function, a server that stops) are
 * only waited out.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_REPORT_H
#define EXECUTOR_REPORT_H

#include <stdbool.h>

#include "common/buf.h"
#include "executor/job.h"

#define REPORT_ACKS_MAX 134217728	/* one output of the largest allowed size always fits */
#define REPORT_BATCH_BYTES 4194304	/* a batch is closed when it is this large */

/* Fills acks with a JSON array of what is to be said now; true when it must be said alone. */
extern bool report_collect(JobTable *table, Buf *acks) MUST_CHECK;

/* The batch was taken: its jobs are done with. */
extern void report_taken(JobTable *table);

/* The batch did not arrive, or nobody knows: it is to be sent again. */
extern void report_lost(JobTable *table);

/* The batch was refused. */
extern void report_refused(JobTable *table, const Failure *failure);

#endif							/* EXECUTOR_REPORT_H */
