/*
 * probe.h: is the object store write-once, as it says?
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_PROBE_H
#define NOTARY_PROBE_H

#include "common/buf.h"
#include "store/bucket.h"

#define PROBE_REPORT_MAX 16384

/*
 * Tries to break a lock in every way that the API offers, on objects below PREFIX/probe/.  Appends
 * the outcome to report as canonical JSON: the names of what held and of what did not.  *good: all
 * held that evidence rests on.  False only when the store could not be asked.
 */
extern bool probe(const BucketSettings *settings, Buf *report, bool *good,
				  Failure *failure) MUST_CHECK;

#endif							/* NOTARY_PROBE_H */
