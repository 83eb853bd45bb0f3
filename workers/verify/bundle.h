/*
 * bundle.h: verifying an evidence bundle (docs/formats.md: Evidence bundle).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_BUNDLE_H
#define VERIFY_BUNDLE_H

#include <stdio.h>

#include "verify/report.h"
#include "verify/trust.h"

/* Reads the whole file, fills the report; memory does not grow with the file. */
extern void bundle_verify(FILE *file, Trust *trust, Report *report);

#endif							/* VERIFY_BUNDLE_H */
