/*
 * lease.c: subscriptions as the database hands them out, and reporting what became of them.
 *
 * All SQL text about subscriptions is here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/lease.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PGresult *
lease_take(Session *session, int want, int lease_ms, int suspects)
{
	char		number[3][16];
	const char *params[] = {number[0], number[1], number[2]};

	(void) snprintf(number[0], sizeof(number[0]), "%d", want);
	(void) snprintf(number[1], sizeof(number[1]), "%d", lease_ms);
	(void) snprintf(number[2], sizeof(number[2]), "%d", suspects);
	return session_call(session, "select tenant_id, name, url, mode, credential, agreed, failures,"
						" rate, lease, suspect from portarium.relay_lease($1, $2, $3)", 3, params);
}

bool
lease_copy(Lease *lease, const PGresult *taken, int row)
{
	bool		signs = !PQgetisnull(taken, row, 4);

	lease->tenant_id = strdup(PQgetvalue(taken, row, 0));
	lease->name = strdup(PQgetvalue(taken, row, 1));
	lease->url = strdup(PQgetvalue(taken, row, 2));
	lease->mode = strdup(PQgetvalue(taken, row, 3));
	lease->credential = signs ? strdup(PQgetvalue(taken, row, 4)) : NULL;
	lease->agreed = *PQgetvalue(taken, row, 5) == 't';
	lease->failures = (int) strtol(PQgetvalue(taken, row, 6), NULL, 10);
	lease->rate = (int) strtol(PQgetvalue(taken, row, 7), NULL, 10);
	lease->number = strdup(PQgetvalue(taken, row, 8));
	lease->suspect = *PQgetvalue(taken, row, 9) == 't';
	if (lease->tenant_id != NULL && lease->name != NULL && lease->url != NULL &&
		lease->mode != NULL && lease->number != NULL && (!signs || lease->credential != NULL))
		return true;
	lease_free(lease);
	return false;
}

void
lease_free(Lease *lease)
{
	free(lease->tenant_id);
	free(lease->name);
	free(lease->url);
	free(lease->mode);
	free(lease->credential);
	free(lease->number);
	memset(lease, 0, sizeof(*lease));
}

PGresult *
lease_events(Session *session, const Lease *lease, int max_rows)
{
	char		number[16];
	const char *params[] = {lease->tenant_id, lease->name, lease->number, number};

	(void) snprintf(number, sizeof(number), "%d", max_rows);
	return session_call(session, "select epoch, idx, event"
						" from portarium.relay_events($1, $2, $3, $4)", 4, params);
}

bool
lease_report(Session *session, const Lease *lease, const LeaseEnd *end)
{
	char		idx[24];
	char		wait[16];
	const char *params[] = {
		lease->tenant_id, lease->name, lease->number, end->epoch,
		end->epoch != NULL ? idx : NULL, end->outcome, end->reason, wait
	};
	PGresult   *result;

	(void) snprintf(idx, sizeof(idx), "%" PRId64, end->next_idx);
	(void) snprintf(wait, sizeof(wait), "%d", end->wait_ms);
	result = session_call(session, "select portarium.relay_report($1, $2, $3, $4, $5, $6, $7, $8)",
						  8, params);
	PQclear(result);
	return result != NULL;
}
