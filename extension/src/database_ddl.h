/*
 * database_ddl.h
 *		Statements that need a database without connections.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_DATABASE_DDL_H
#define PORTARIUM_DATABASE_DDL_H

extern void database_ddl_init(void);

#endif							/* PORTARIUM_DATABASE_DDL_H */
