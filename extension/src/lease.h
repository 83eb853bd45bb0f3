/*
 * lease.h
 *		Leases that an executor gives back.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_LEASE_H
#define PORTARIUM_LEASE_H

#include "ring.h"
#include "row.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct LeaseBook
{
	RowReader	slots[RING_SLOTS];
	EState	   *estate;
	int32		executor;
	TimestampTz now;
} LeaseBook;

typedef struct Lease
{
	RowReader  *slot;
	ItemPointerData tid;
	pg_uuid_t	tenant;
	int32		epoch;			/* of the run when it was claimed */
} Lease;

extern void lease_open(LeaseBook *book, EState *estate, int32 executor, TimestampTz now);
extern bool lease_find(LeaseBook *book, const pg_uuid_t *run, int64 token, Lease *lease);
extern bool lease_delete(LeaseBook *book, Lease *lease);
extern void lease_close(LeaseBook *book);

#endif							/* PORTARIUM_LEASE_H */
