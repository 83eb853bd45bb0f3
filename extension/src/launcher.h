/*
 * launcher.h
 *		The process that starts the databases' workers.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_LAUNCHER_H
#define PORTARIUM_LAUNCHER_H

extern void launcher_register(void);
extern void launcher_hold(Oid database);
extern void launcher_release(Oid database);

#endif							/* PORTARIUM_LAUNCHER_H */
