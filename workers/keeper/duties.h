/*
 * duties.h: doing what is to be done about one payload, and looking whether everything is as it was left.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_DUTIES_H
#define KEEPER_DUTIES_H

#include <libpq-fe.h>

#include "keeper/keys.h"
#include "keeper/tasks.h"
#include "store/store.h"

typedef struct Keeper
{
	Store	   *store;
	Keys	   *keys;
	PGconn	   *conn;
} Keeper;

/* Does it and tells the database. */
extern bool duties_do(Keeper *keeper, const Task *task, Failure *failure) MUST_CHECK;

#define DUTIES_NAME_MAX 96

/* The object's name in the store. */
extern void duties_name(const char *tenant, const char *payload, char name[DUTIES_NAME_MAX]);

#endif							/* KEEPER_DUTIES_H */
