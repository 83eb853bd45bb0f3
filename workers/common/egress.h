/*
 * egress.h: which addresses a daemon may connect to.
 *
 * Tenants choose the URLs of their adapters and webhooks, and a name resolves to whatever its owner likes, so
 * the address itself is judged, when the connection is made.  Link-local addresses (where clouds
 * keep their credentials), multicast, broadcast and unspecified ones are never allowed; loopback
 * and private networks only when the operator says so.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_EGRESS_H
#define COMMON_EGRESS_H

#include <stdbool.h>

#include <sys/socket.h>

extern bool egress_allowed(const struct sockaddr *address, bool private_allowed);

#endif							/* COMMON_EGRESS_H */
