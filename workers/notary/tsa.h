/*
 * tsa.h: time stamps of a time-stamping authority (RFC 3161).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_TSA_H
#define NOTARY_TSA_H

#include <stddef.h>

#include "common/buf.h"
#include "common/failure.h"

typedef struct TsaSettings
{
	const char *url;			/* NULL: there is no authority */
	const char *ca_file;		/* whom its certificate must lead to (PEM) */
	int			seconds;		/* not more than one stamp in so long */
} TsaSettings;

/*
 * Asks for a stamp of these bytes and appends the answer (a TimeStampResp in DER) once it is
 * verified: granted, for these bytes and this question, signed by whom the CA file vouches for.
 */
extern bool tsa_stamp(const TsaSettings *settings, const void *bytes, size_t len, Buf *answer,
					  Failure *failure) MUST_CHECK;

#endif							/* NOTARY_TSA_H */
