/*
 * guard.h
 *		Keeping evidence from DDL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_GUARD_H
#define PORTARIUM_GUARD_H

extern void guard_init(void);

#endif							/* PORTARIUM_GUARD_H */
