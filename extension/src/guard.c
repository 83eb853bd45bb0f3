/*
 * guard.c
 *		Keeping evidence from DDL.
 *
 * TRUNCATE, DROP TABLE (also by way of its schema or owner) and ALTER TABLE of a table of evidence
 * are refused, whoever asks, until a superuser sets portarium.guard to off. Row by row, evidence is
 * kept by privileges, and against a superuser by what has been signed outside the database; this
 * only keeps accidents away.
 *
 * A table that the running transaction has made itself is not guarded: nothing in it was ever
 * committed. That is how install() and migrate() can finish what they make. Nor is the home of a
 * tenant that moves and does not live in it: it holds a copy.
 *
 * Two hooks: object access sees drops and truncations, whatever statement they come from; ALTER is
 * seen as a statement.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "context_store.h"
#include "errors.h"
#include "guard.h"
#include "guc.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static const char *const evidence_tables[] = {
	"entry", "leaf", "chunk", "tree", "checkpoint", "meta_leaf", "meta_chunk"
};

static object_access_hook_type next_object_access;
static ProcessUtility_hook_type next_process_utility;

/* Tier A's schema, or one of tier B's. */
static bool
is_data_schema(Oid schema)
{
	char	   *name = get_namespace_name(schema);

	return name != NULL && (strcmp(name, "portarium_data") == 0 || strncmp(name, "pt_", 3) == 0);
}

static bool
is_evidence(Oid relid)
{
	char	   *name = get_rel_name(relid);
	char		kind = get_rel_relkind(relid);

	if (name == NULL || (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE))
		return false;
	for (size_t i = 0; i < lengthof(evidence_tables); i++)
	{
		if (strcmp(name, evidence_tables[i]) == 0)
			return is_data_schema(get_rel_namespace(relid));
	}
	return false;
}

static bool
is_new(Oid relid)
{
	Relation	relation = RelationIdGetRelation(relid);
	bool		created_here;

	if (!RelationIsValid(relation))
		return false;
	created_here = relation->rd_createSubid != InvalidSubTransactionId;
	RelationClose(relation);
	return created_here;
}

/* The tenant that a home's name says, as portarium_int.home_name() makes it. */
static bool
tenant_of_home(const char *home, pg_uuid_t *tenant)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32		bits = 0;
	int			pending = 0;
	size_t		length = 0;

	if (strlen(home) != 29 || strncmp(home, "pt_", 3) != 0)
		return false;
	for (const char *c = home + 3; *c != '\0'; c++)
	{
		const char *digit = strchr(digits, *c);

		if (digit == NULL)
			return false;
		bits = bits << 5 | (uint32) (digit - digits);
		pending += 5;
		if (pending >= 8)
		{
			pending -= 8;
			tenant->data[length++] = (unsigned char) (bits >> pending);
		}
	}
	return true;
}

static bool
is_copy(Oid relid)
{
	char	   *home = get_namespace_name(get_rel_namespace(relid));
	pg_uuid_t	tenant;

	return home != NULL && tenant_of_home(home, &tenant) && context_store_is_copy(&tenant, home);
}

static void
refuse_if_evidence(Oid relid, const char *what)
{
	if (!guc_guard || !OidIsValid(relid) || !is_evidence(relid) || is_new(relid) || is_copy(relid))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INTEGRITY_BROKEN),
			 errmsg("table \"%s\" holds evidence and cannot be %s", get_rel_name(relid), what),
			 errhint("A superuser can set portarium.guard to off.")));
}

static void
on_object_access(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *arg)
{
	if (next_object_access != NULL)
		next_object_access(access, class_id, object_id, sub_id, arg);
	if (class_id != RelationRelationId)
		return;
	if (access == OAT_TRUNCATE)
		refuse_if_evidence(object_id, "truncated");
	else if (access == OAT_DROP)
		refuse_if_evidence(object_id, sub_id == 0 ? "dropped" : "altered");
}

/* The table that an ALTER is about, or NULL. */
static RangeVar *
altered_table(Node *statement)
{
	if (IsA(statement, AlterTableStmt))
		return castNode(AlterTableStmt, statement)->relation;
	if (IsA(statement, RenameStmt))
		return castNode(RenameStmt, statement)->relation;
	if (IsA(statement, AlterObjectSchemaStmt))
		return castNode(AlterObjectSchemaStmt, statement)->relation;
	return NULL;
}

static void
on_utility(PlannedStmt *planned, const char *query, bool read_only_tree,
		   ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *environment,
		   DestReceiver *receiver, QueryCompletion *completion)
{
	RangeVar   *table = altered_table(planned->utilityStmt);

	/*
	 * outside a transaction block of its own such a statement cannot look names up, nor is it about
	 * a table
	 */
	if (table != NULL && IsTransactionState())
		refuse_if_evidence(RangeVarGetRelid(table, NoLock, true), "altered");
	(next_process_utility != NULL ? next_process_utility : standard_ProcessUtility)
		(planned, query, read_only_tree, context, params, environment, receiver, completion);
}

void
guard_init(void)
{
	next_object_access = object_access_hook;
	object_access_hook = on_object_access;
	next_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = on_utility;
}
