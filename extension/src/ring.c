/*
 * ring.c
 *		The rings of ready jobs and of leases: which slot is written now.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "ring.h"
#include "row.h"

/* column: "ready_slot" or "lease_slot" of the one row of ring. */
int16
ring_current(const char *column)
{
	RowReader	ring;
	bool		is_null;
	int16		slot;

	row_begin_read(&ring, "ring");
	if (!row_find(&ring, NULL, NULL, 0))
		elog(ERROR, "ring has no row");
	slot = DatumGetInt16(row_get(&ring, column, &is_null));
	row_end_read(&ring);
	return slot;
}
