/*
 * database_ddl.c
 *		Statements that need a database without connections: our worker leaves it while they run.
 *
 * DROP DATABASE, ALTER DATABASE RENAME and SET TABLESPACE, and CREATE DATABASE from a template wait
 * some seconds for others to leave; the worker does so at once. When the statement has ended, well
 * or not, the launcher may start it again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "database_ddl.h"
#include "launcher.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"

static ProcessUtility_hook_type next_process_utility;

static const char *
template_of(const CreatedbStmt *statement)
{
	ListCell   *cell;

	foreach(cell, statement->options)
	{
		DefElem    *option = lfirst(cell);

		if (strcmp(option->defname, "template") == 0)
			return option->arg == NULL ? NULL : defGetString(option);
	}
	return NULL;
}

/* The database that nobody may be connected to while the statement runs, or NULL. */
static const char *
vacated_database(Node *statement)
{
	if (IsA(statement, DropdbStmt))
		return castNode(DropdbStmt, statement)->dbname;
	if (IsA(statement, AlterDatabaseStmt))
		return castNode(AlterDatabaseStmt, statement)->dbname;
	if (IsA(statement, RenameStmt)
		&& castNode(RenameStmt, statement)->renameType == OBJECT_DATABASE)
		return castNode(RenameStmt, statement)->subname;
	if (IsA(statement, CreatedbStmt))
		return template_of(castNode(CreatedbStmt, statement));
	return NULL;
}

static void
on_utility(PlannedStmt *planned, const char *query, bool read_only_tree,
		   ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *environment,
		   DestReceiver *receiver, QueryCompletion *completion)
{
	const char *name = vacated_database(planned->utilityStmt);
	ProcessUtility_hook_type next = next_process_utility;
	Oid			database = InvalidOid;

	if (next == NULL)
		next = standard_ProcessUtility;
	if (name != NULL && IsTransactionState())
		database = get_database_oid(name, true);
	if (!OidIsValid(database))
	{
		next(planned, query, read_only_tree, context, params, environment, receiver, completion);
		return;
	}
	launcher_hold(database);
	PG_TRY();
	{
		next(planned, query, read_only_tree, context, params, environment, receiver, completion);
	}
	PG_FINALLY();
	{
		launcher_release(database);
	}
	PG_END_TRY();
}

/* Called while the postmaster loads the library. */
void
database_ddl_init(void)
{
	next_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = on_utility;
}
