/*
 * route.h: which handler a request of the API goes to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_ROUTE_H
#define SIDECAR_ROUTE_H

#include "conn.h"

/* The three callbacks of ConnRules for the API's listener; its service is a Service. */
extern void route_request(Conn *conn);
extern void route_refused(Conn *conn, int status, const char *reason);
extern void route_gone(Conn *conn);

#endif							/* SIDECAR_ROUTE_H */
