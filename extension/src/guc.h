/*
 * guc.h
 *		The settings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_GUC_H
#define PORTARIUM_GUC_H

extern bool guc_guard;
extern bool guc_scheduler;
extern int	guc_tick_delay;
extern char *guc_traceparent;

extern void guc_define(void);

#endif							/* PORTARIUM_GUC_H */
