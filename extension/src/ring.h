/*
 * ring.h
 *		The rings of ready jobs and of leases, sql/52_dispatch.sql: tables NAME_0 to NAME_3.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_RING_H
#define PORTARIUM_RING_H

#define RING_SLOTS 4

extern int16 ring_current(const char *column);

#endif							/* PORTARIUM_RING_H */
