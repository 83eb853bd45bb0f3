/*
 * server.h: the proxy's socket and its connections.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_SERVER_H
#define EGRESS_SERVER_H

#include "egress/proxy_settings.h"

/* Serves until a signal; false with the reason when it could not. */
extern bool server_run(const ProxySettings *settings, Failure *failure) MUST_CHECK;

#endif							/* EGRESS_SERVER_H */
