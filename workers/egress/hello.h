/*
 * hello.h: the host that a TLS client asks for by name.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_HELLO_H
#define EGRESS_HELLO_H

#include <stddef.h>

#define HELLO_MAX 16389			/* one record of the largest size */
#define HELLO_RECORD 22			/* the first byte of one that is a greeting */
#define HELLO_HOST_MAX 255

typedef enum HelloState
{
	HELLO_MORE,					/* not complete yet */
	HELLO_BAD,					/* not a ClientHello */
	HELLO_DONE					/* host is set; empty when it has none */
} HelloState;

/* Reads the first bytes that a client has sent: a ClientHello in one record. */
extern HelloState hello_read(const unsigned char *bytes, size_t len, char host[HELLO_HOST_MAX + 1]);

#endif							/* EGRESS_HELLO_H */
