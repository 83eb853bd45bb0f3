/*
 * bundle.h: verifying an evidence bundle (docs/formats.md: Evidence bundle).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_BUNDLE_H
#define VERIFY_BUNDLE_H

#include <stdint.h>
#include <stdio.h>

#include "verify/report.h"
#include "verify/trust.h"

/*
 * Reads the whole file, fills the report; memory does not grow with the file.  A longer time than
 * max_gap_us between two entries is a finding, unless it is 0.
 */
extern void bundle_verify(FILE *file, Trust *trust, int64_t max_gap_us, Report *report);

#endif							/* VERIFY_BUNDLE_H */
