/*
 * canonical_api.h
 *		Canonical JSON of a value that SQL holds.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_CANONICAL_API_H
#define PORTARIUM_CANONICAL_API_H

#include "utils/jsonb.h"

extern bytea *canonical_of_jsonb(Jsonb *json);

#endif							/* PORTARIUM_CANONICAL_API_H */
