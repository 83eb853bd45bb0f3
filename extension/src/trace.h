/*
 * trace.h
 *		The trace that the caller is in.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_TRACE_H
#define PORTARIUM_TRACE_H

extern Datum trace_current(void);

#endif							/* PORTARIUM_TRACE_H */
