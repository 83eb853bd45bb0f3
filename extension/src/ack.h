/*
 * ack.h
 *		Acknowledgements of executors that say nothing but a result.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_ACK_H
#define PORTARIUM_ACK_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

typedef struct Ack
{
	pg_uuid_t	run;
	int64		token;
	Jsonb	   *output;
} Ack;

extern bool ack_read_all(Jsonb *given, Ack **acks, int *count);

#endif							/* PORTARIUM_ACK_H */
