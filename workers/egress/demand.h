/*
 * demand.h: what a client of the proxy asks for.
 *
 *     CONNECT api.example.org:443 HTTP/1.1           a tunnel, for TLS
 *     GET http://api.example.org/path HTTP/1.1       one plain request
 *     SOCKS 5 (socks.h)                              a tunnel, for TLS or plain HTTP
 *     Portarium-Identity: <tenant id>/<adapter>      in whose name
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_DEMAND_H
#define EGRESS_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

#define DEMAND_HEAD_MAX 65536
#define DEMAND_HOST_MAX 253
#define DEMAND_TENANT_LEN 36
#define DEMAND_ADAPTER_MAX 128

typedef struct Identity
{
	char		tenant[DEMAND_TENANT_LEN + 1];	/* empty: none was given */
	char		adapter[DEMAND_ADAPTER_MAX + 1];
} Identity;

typedef struct Demand
{
	bool		tunnel;			/* bytes go through as they are */
	bool		socks;			/* a tunnel that may carry plain HTTP as well */
	char		host[DEMAND_HOST_MAX + 1];	/* as written, in lower case, without brackets */
	int			port;
	Identity	identity;
	int64_t		body;			/* bytes that follow the head; plain requests only */
	Buf			head;			/* what the other side is told; plain requests only */
} Demand;

/* The length of the head with its empty line, 0 when it is not complete. */
extern size_t demand_head_len(const char *bytes, size_t len);

extern void demand_init(Demand *demand);
extern void demand_free(Demand *demand);

/* Reads a complete head; false with the reason. */
extern bool demand_parse(Demand *demand, const char *head, size_t len, Failure *failure) MUST_CHECK;

/* A host as written: letters, digits, dots and hyphens; inside brackets an IPv6 address. */
extern bool demand_host(Demand *demand, const char *bytes, size_t len) MUST_CHECK;

/* Whether the Host of a request's head is the host that was demanded. */
extern bool demand_names(const Demand *demand, const char *head, size_t len) MUST_CHECK;

/* "<tenant id>/<adapter>"; false when it is not. */
extern bool demand_identity(const char *text, size_t len, Identity *identity) MUST_CHECK;

#endif							/* EGRESS_DEMAND_H */
