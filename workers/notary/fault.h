/*
 * fault.h: places where a test build of the notary can be made to die.
 *
 * With NOTARY_FAULTS defined, the process ends without any clean-up at the point whose name is in
 * the environment variable NOTARY_FAULT.  Without it there is nothing.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_FAULT_H
#define NOTARY_FAULT_H

#ifdef NOTARY_FAULTS
extern void fault_point(const char *name);
#define FAULT_POINT(name_) fault_point(name_)
#else
#define FAULT_POINT(name_) ((void) 0)
#endif

#endif							/* NOTARY_FAULT_H */
