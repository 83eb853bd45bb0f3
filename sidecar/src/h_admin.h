/*
 * h_admin.h: /live, /ready and /metrics, on their own port and without a token.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_H_ADMIN_H
#define SIDECAR_H_ADMIN_H

#include "conn.h"
#include "service.h"

extern void h_admin(Conn *conn);

/* Brings the levels among the metrics up to date. */
extern void h_admin_measure(const Service *service);

#endif							/* SIDECAR_H_ADMIN_H */
