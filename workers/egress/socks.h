/*
 * socks.h: the same demand, by SOCKS 5 (RFC 1928, RFC 1929).
 *
 * The user's name is the tenant's id, the password the adapter; the host is asked for by name.
 * libcurl speaks this over a UNIX socket, and HTTP to a proxy over TCP only.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_SOCKS_H
#define EGRESS_SOCKS_H

#include "egress/demand.h"

#define SOCKS_VERSION 5
#define SOCKS_REPLY_LEN 10

typedef enum SocksReply
{
	SOCKS_GRANTED = 0,
	SOCKS_FAILED = 1,
	SOCKS_NOT_ALLOWED = 2,
	SOCKS_UNREACHABLE = 4
} SocksReply;

typedef enum SocksState
{
	SOCKS_MORE,					/* more bytes are needed */
	SOCKS_SAY,					/* say is to be sent, then read on */
	SOCKS_BAD,
	SOCKS_DONE					/* the demand is complete; a reply is due */
} SocksState;

typedef struct Socks
{
	int			step;
	size_t		used;			/* bytes of the input that were read */
	unsigned char say[2];
} Socks;

/* Reads on in all that the client has sent so far. */
extern SocksState socks_read(Socks *socks, const Buf *input, Demand *demand);

extern void socks_reply(SocksReply reply, char bytes[SOCKS_REPLY_LEN]);

#endif							/* EGRESS_SOCKS_H */
