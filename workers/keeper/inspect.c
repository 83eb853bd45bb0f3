/*
 * inspect.c: is everything as the keeper has left it?
 *
 * Order: tenant by tenant, payload by payload in the order of their ids, a page at a time; each tenant
 * is told its count and its first finding.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/inspect.h"

#include <inttypes.h>
#include <string.h>

#include "common/digest.h"
#include "store/lock.h"

#define INSPECT_REPORT_MAX 4096
#define INSPECT_OBJECT_MAX (16 * 1024 * 1024 + SEAL_ADDED)
#define INSPECT_FIRST "00000000-0000-0000-0000-000000000000"

/* Of one tenant. */
typedef struct Inspection
{
	Keeper	   *keeper;
	const char *tenant;
	uint64_t	objects;
	char		reason[sizeof(((Failure *) NULL)->message)];	/* the first finding */
} Inspection;

/* The key of this name must not be there. */
static bool
inspect_gone(Inspection *self, const KeyName *name, Failure *failure)
{
	bool		there;

	if (!keys_there(self->keeper->keys, name, &there, failure))
		return false;
	if (there)
		failure_set_sqlstate(failure, "UP902", "key of \"%s\" is back, and was shredded",
							 name->payload != NULL ? name->payload : name->owner);
	return !there;
}

/* The bytes under a name are those that were put. */
static bool
inspect_bytes(Inspection *self, const char *name, const Kept *kept, Failure *failure)
{
	unsigned char hash[DIGEST_SIZE];
	Buf			object;
	bool		there;
	bool		ok;

	buf_init(&object, INSPECT_OBJECT_MAX);
	ok = store_get(self->keeper->store, name, &object, &there, failure);
	if (ok && !(there && digest_sha256(object.data, object.len, hash) &&
				memcmp(hash, kept->hash, DIGEST_SIZE) == 0))
	{
		failure_set_sqlstate(failure, "UP902", "store does not have \"%s\" as it was put", name);
		ok = false;
	}
	buf_free(&object);
	return ok;
}

static bool
inspect_object(Inspection *self, const Kept *kept, Failure *failure)
{
	char		name[DUTIES_NAME_MAX];
	StoreLook	look;

	duties_name(self->tenant, kept->payload, name);
	if (!store_look(self->keeper->store, name, &look, failure))
		return false;
	if (!look.there)
		failure_set_sqlstate(failure, "UP902", "store does not have \"%s\"", name);
	else if (look.locks && kept->until[0] != '\0' && !lock_reaches(look.until, kept->until))
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" locked until \"%s\" only", name,
							 look.until);
	else if (look.locks && kept->held && !look.held)
		failure_set_sqlstate(failure, "UP902", "store has \"%s\" without its hold", name);
	else
		return inspect_bytes(self, name, kept, failure);
	return false;
}

static bool
inspect_kept(Inspection *self, const Kept *kept, Failure *failure)
{
	const KeyName payload = {self->tenant, kept->owner, kept->payload};
	const KeyName owner = {self->tenant, kept->owner, NULL};

	if (kept->stored)
		return inspect_object(self, kept, failure);
	return inspect_gone(self, &payload, failure) &&
		(!kept->forgotten || inspect_gone(self, &owner, failure));
}

/* A finding is written down, and the inspection goes on; another failure ends it. */
static bool
inspect_row(Inspection *self, const Kept *kept, Failure *failure)
{
	self->objects++;
	if (inspect_kept(self, kept, failure))
		return true;
	if (strcmp(failure->sqlstate, "UP902") != 0)
		return false;
	if (self->reason[0] == '\0')
		snprintf(self->reason, sizeof(self->reason), "%s", failure->message);
	return true;
}

static bool
inspect_all(Inspection *self, Failure *failure)
{
	Kept		kept = {.payload = INSPECT_FIRST};
	bool		ok = true;
	bool		more = true;

	while (ok && more)
	{
		PGresult   *page = tasks_kept(self->keeper->conn, self->tenant, kept.payload, failure);

		ok = page != NULL;
		more = ok && PQntuples(page) > 0;
		for (int row = 0; ok && row < PQntuples(page); row++)
			ok = tasks_kept_row(page, row, &kept, failure) && inspect_row(self, &kept, failure);
		PQclear(page);
	}
	return ok;
}

/* A tenant without payloads is told nothing. */
static bool
inspect_tell(const Inspection *self, Failure *failure)
{
	Buf			report;
	bool		ok;

	if (self->objects == 0)
		return true;
	buf_init(&report, INSPECT_REPORT_MAX);
	ok = buf_printf(&report, "{\"good\":%s,\"objects\":%" PRIu64 ",\"reason\":",
					self->reason[0] == '\0' ? "true" : "false", self->objects) &&
		buf_json_string(&report, self->reason, strlen(self->reason)) && buf_char(&report, '}');
	if (!ok)
		failure_set(failure, "no memory for a report");
	ok = ok && tasks_audited(self->keeper->conn, self->tenant, report.data, failure);
	buf_free(&report);
	return ok;
}

bool
inspect(Keeper *keeper, Failure *failure)
{
	PGresult   *tenants = tasks_tenants(keeper->conn, failure);
	char		reason[sizeof(failure->message)] = "";
	bool		ok = tenants != NULL;

	for (int row = 0; ok && row < PQntuples(tenants); row++)
	{
		Inspection	self = {.keeper = keeper, .tenant = PQgetvalue(tenants, row, 0)};

		ok = inspect_all(&self, failure) && inspect_tell(&self, failure);
		if (reason[0] == '\0')
			memcpy(reason, self.reason, sizeof(reason));
	}
	PQclear(tenants);
	if (ok && reason[0] != '\0')
		failure_set_sqlstate(failure, "UP902", "%s", reason);
	return ok && reason[0] == '\0';
}
