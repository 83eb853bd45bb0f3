/*
 * lease.h: subscriptions as the database hands them out, and reporting what became of them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_LEASE_H
#define RELAY_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/session.h"

/* A leased subscription; owns its strings. */
typedef struct Lease
{
	char	   *tenant_id;
	char	   *name;
	char	   *url;
	char	   *mode;			/* structured, binary, batch */
	char	   *credential;		/* NULL: nothing is signed */
	bool		agreed;			/* the handshake was answered */
	int			failures;		/* in a row */
	int			rate;			/* requests a minute, 0: any number */
	char	   *number;			/* proves the lease */
	bool		suspect;		/* did not take its last events promptly */
} Lease;

/* How a lease ends. */
typedef struct LeaseEnd
{
	const char *epoch;			/* NULL: no event was read */
	int64_t		next_idx;		/* the first that was not */
	const char *outcome;		/* delivered, agreed, failed, gone */
	const char *reason;			/* NULL: none */
	int			wait_ms;		/* agreed: the rate; else not before */
} LeaseEnd;

/* Takes at most want subscriptions for lease_ms, so many suspects among them; NULL when that failed. */
extern PGresult *lease_take(Session *session, int want, int lease_ms, int suspects) MUST_CHECK;

/* False when out of memory; the lease then ends by itself. */
extern bool lease_copy(Lease *lease, const PGresult *taken, int row) MUST_CHECK;
extern void lease_free(Lease *lease);

/* The events behind its cursor: epoch, idx, event (null: not wanted). */
extern PGresult *lease_events(Session *session, const Lease *lease, int max_rows) MUST_CHECK;

/* False when the database could not be asked; the lease then ends by itself. */
extern bool lease_report(Session *session, const Lease *lease, const LeaseEnd *end) MUST_CHECK;

#endif							/* RELAY_LEASE_H */
