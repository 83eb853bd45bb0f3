/*
 * stamp.h: judging time stamps of a time-stamping authority (RFC 3161).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EVIDENCE_STAMP_H
#define EVIDENCE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ts.h>

#include "common/failure.h"

/* of an answer: a token with the certificates of its signer */
#define STAMP_MAX 65536

/* Whom a stamp's signer must lead to (PEM); the context owns what is read.  at: the time at which its
 * certificates must have been good, 0: now. */
extern bool stamp_trust(TS_VERIFY_CTX *context, const char *ca_file, int64_t at) MUST_CHECK;

/*
 * Is the answer (a TimeStampResp in DER) a stamp of these bytes?  With a CA file also: signed by whom it
 * vouches for, with certificates that were good at the time that the stamp says.  *at: that time, in
 * seconds since the Unix epoch.
 */
extern bool stamp_judge(const void *answer, size_t answer_len, const void *bytes, size_t len,
						const char *ca_file, int64_t *at, Failure *failure) MUST_CHECK;

#endif							/* EVIDENCE_STAMP_H */
