/*
 * inspect.h: is everything as the keeper has left it?
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef KEEPER_INSPECT_H
#define KEEPER_INSPECT_H

#include "keeper/duties.h"

/*
 * Looks at every object that is kept (there, once, unhidden, locked and held as it was left, with its
 * bytes) and at every key that was shredded (not there again).  The outcome becomes an entry of each
 * tenant that has payloads; a finding is a failure with UP902, after all tenants were told.
 */
extern bool inspect(Keeper *keeper, Failure *failure) MUST_CHECK;

#endif							/* KEEPER_INSPECT_H */
