/*
 * proof.h: verifying the proof of one entry (portarium.evidence_proof).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_PROOF_H
#define VERIFY_PROOF_H

#include <stdio.h>

#include "verify/report.h"
#include "verify/trust.h"

/* Reads the whole file, fills the report. */
extern void proof_verify(FILE *file, Trust *trust, Report *report);

#endif							/* VERIFY_PROOF_H */
