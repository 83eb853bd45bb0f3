/*
 * recover.h: giving the database back the end of the log that it has lost.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_RECOVER_H
#define NOTARY_RECOVER_H

#include <stdint.h>

#include <libpq-fe.h>

#include "common/failure.h"
#include "notary/notary.h"

/* entry hashes that one log may be given back */
#define RECOVER_LEAVES_MAX 4000000

typedef struct Recovered
{
	uint64_t	epoch;			/* the one that is open now */
	uint64_t	meta_leaves;	/* given back */
	uint64_t	leaves;
} Recovered;

/*
 * Carries out the recovery that a superuser has declared: all of it or nothing.  UP902: the log is not
 * the beginning of what the store has, or the store lacks leaves; 55000: nothing is declared.
 */
extern bool recover(Notary *notary, PGconn *conn, Recovered *done, Failure *failure) MUST_CHECK;

#endif							/* NOTARY_RECOVER_H */
