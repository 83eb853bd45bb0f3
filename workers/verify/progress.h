/*
 * progress.h: how far a verification has come, for a person at a terminal.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_PROGRESS_H
#define VERIFY_PROGRESS_H

#include <stdint.h>

/* Tells the standard error, when it is a terminal, every so many entries. */
extern void progress_tell(uint64_t before, uint64_t done, uint64_t all);

#endif							/* VERIFY_PROGRESS_H */
