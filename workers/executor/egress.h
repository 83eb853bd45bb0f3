/*
 * egress.h: which addresses the executor may connect to.
 *
 * Tenants choose the URLs of their adapters, and a name resolves to whatever its owner likes, so
 * the address itself is judged, when the connection is made.  Link-local addresses (where clouds
 * keep their credentials), multicast, broadcast and unspecified ones are never allowed; loopback
 * and private networks only when the operator says so.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_EGRESS_H
#define EXECUTOR_EGRESS_H

#include <stdbool.h>

#include <sys/socket.h>

extern bool egress_allowed(const struct sockaddr *address, bool private_allowed);

#endif							/* EXECUTOR_EGRESS_H */
