/*
 * payload.h
 *		Which payloads lie in a run's row.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_PAYLOAD_H
#define PORTARIUM_PAYLOAD_H

/* portarium_int.inline_limit(), in bytes. */
#define PAYLOAD_INLINE_LIMIT 256

static inline bool
payload_is_inline(Datum json)
{
	return VARSIZE_ANY(DatumGetPointer(json)) <= PAYLOAD_INLINE_LIMIT;
}

#endif							/* PORTARIUM_PAYLOAD_H */
