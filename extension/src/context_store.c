/*
 * context_store.c
 *		What the database knows about contexts: keys, bindings, route epochs, homes.
 *
 * Rows are found by their primary keys. The tables are read directly: no privilege is asked for, no
 * policy applies and no SPI is entered, so that the wall can call this from within any query and
 * from parallel workers. The scan sees what was committed when it starts. Each table is locked in
 * AccessShareLock until the transaction ends.
 *
 * Memory: a binding's actor and roles are allocated in the current context.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "compat.h"
#include "context_store.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#define DATA_SCHEMA "portarium_data"

typedef struct Lookup
{
	Relation	table;
	SysScanDesc scan;
	HeapTuple	row;			/* NULL when there is none */
} Lookup;

static Relation
open_data_table(const char *name)
{
	Oid			schema = get_namespace_oid(DATA_SCHEMA, true);
	Oid			relid = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist", name),
				 errhint("Call portarium.install().")));
	return table_open(relid, AccessShareLock);
}

static Lookup
begin_lookup(const char *name, const char *key_column, RegProcedure equals, Datum key)
{
	Lookup		lookup;
	ScanKeyData scan_key;
	AttrNumber	number;

	lookup.table = open_data_table(name);
	number = get_attnum(RelationGetRelid(lookup.table), key_column);
	ScanKeyInit(&scan_key, number, BTEqualStrategyNumber, equals, key);
	lookup.scan = systable_beginscan(lookup.table, compat_primary_key(lookup.table), true, NULL,
									 1, &scan_key);
	lookup.row = systable_getnext(lookup.scan);
	return lookup;
}

static void
end_lookup(Lookup *lookup)
{
	systable_endscan(lookup->scan);
	table_close(lookup->table, NoLock);
}

static Datum
nullable_column(const Lookup *lookup, const char *name, bool *is_null)
{
	AttrNumber	number = get_attnum(RelationGetRelid(lookup->table), name);

	if (number == InvalidAttrNumber)
		elog(ERROR, "column \"%s\" of relation \"%s\" does not exist",
			 name, RelationGetRelationName(lookup->table));
	return heap_getattr(lookup->row, number, RelationGetDescr(lookup->table), is_null);
}

/* A column of the row that was found, which is NOT NULL. */
static Datum
column(const Lookup *lookup, const char *name)
{
	bool		is_null;
	Datum		value = nullable_column(lookup, name, &is_null);

	if (is_null)
		elog(ERROR, "column \"%s\" of relation \"%s\" is null",
			 name, RelationGetRelationName(lookup->table));
	return value;
}

static void
copy_block(const Lookup *lookup, const char *name, uint8 block[HMAC_BLOCK_SIZE])
{
	bytea	   *bytes = DatumGetByteaPP(column(lookup, name));

	if (VARSIZE_ANY_EXHDR(bytes) != HMAC_BLOCK_SIZE)
		elog(ERROR, "context key block has the wrong size");
	memcpy(block, VARDATA_ANY(bytes), HMAC_BLOCK_SIZE);
}

bool
context_store_key(const char *kid, ContextKey *key)
{
	Lookup		lookup = begin_lookup("context_key", "kid", F_TEXTEQ, CStringGetTextDatum(kid));
	bool		found = HeapTupleIsValid(lookup.row);

	if (found)
	{
		copy_block(&lookup, "inner_block", key->inner_block);
		copy_block(&lookup, "outer_block", key->outer_block);
	}
	end_lookup(&lookup);
	return found;
}

bool
context_store_epoch(const pg_uuid_t *tenant, int32 *epoch)
{
	Lookup		lookup = begin_lookup("tenant", "tenant_id", F_UUID_EQ, UUIDPGetDatum(tenant));
	bool		found = HeapTupleIsValid(lookup.row);

	if (found)
		*epoch = DatumGetInt32(column(&lookup, "epoch"));
	end_lookup(&lookup);
	return found;
}

bool
context_store_moving(const pg_uuid_t *tenant)
{
	Lookup		lookup = begin_lookup("tenant", "tenant_id", F_UUID_EQ, UUIDPGetDatum(tenant));
	bool		moving = HeapTupleIsValid(lookup.row) && DatumGetBool(column(&lookup, "moving"));

	end_lookup(&lookup);
	return moving;
}

/* False: no such tenant, or its tables are the shared ones. */
bool
context_store_home(const pg_uuid_t *tenant, Name home)
{
	Lookup		lookup = begin_lookup("tenant", "tenant_id", F_UUID_EQ, UUIDPGetDatum(tenant));
	bool		is_null = true;
	Datum		value = (Datum) 0;

	if (HeapTupleIsValid(lookup.row))
		value = nullable_column(&lookup, "home", &is_null);
	if (!is_null)
		namestrcpy(home, NameStr(*DatumGetName(value)));
	end_lookup(&lookup);
	return !is_null;
}

/* Whether the tenant moves and this schema is not its home: what is in there is a copy then. */
bool
context_store_is_copy(const pg_uuid_t *tenant, const char *home)
{
	Lookup		lookup = begin_lookup("tenant_move", "tenant_id", F_UUID_EQ, UUIDPGetDatum(tenant));
	bool		moves = HeapTupleIsValid(lookup.row);
	NameData	lives_in;

	end_lookup(&lookup);
	return moves && !(context_store_home(tenant, &lives_in) && strcmp(NameStr(lives_in), home) == 0);
}

bool
context_store_binding(Oid login, LoginBinding *binding)
{
	NameData	name;
	Lookup		lookup;
	bool		found;

	namestrcpy(&name, GetUserNameFromId(login, false));
	lookup = begin_lookup("login_binding", "login", F_NAMEEQ, NameGetDatum(&name));
	found = HeapTupleIsValid(lookup.row);
	if (found)
	{
		binding->tenant = *DatumGetUUIDP(column(&lookup, "tenant_id"));
		binding->actor = TextDatumGetCString(column(&lookup, "actor"));
		binding->roles = DatumGetArrayTypePCopy(column(&lookup, "roles"));
	}
	end_lookup(&lookup);
	return found;
}
