/*
 * h_events.h: GET /events, a tenant's events as they are sealed (server-sent events).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_H_EVENTS_H
#define SIDECAR_H_EVENTS_H

#include "request.h"

extern void h_events(Request *request);

#endif							/* SIDECAR_H_EVENTS_H */
