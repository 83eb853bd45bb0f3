/*
 * wake.h
 *		Waking whoever waits for work.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_WAKE_H
#define PORTARIUM_WAKE_H

extern void wake_init(void);
extern void wake_note(void);

#endif							/* PORTARIUM_WAKE_H */
