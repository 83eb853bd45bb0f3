/*
 * h_view.h: GET /<view>.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_H_VIEW_H
#define SIDECAR_H_VIEW_H

#include "request.h"

extern void h_view(Request *request, Span name);

#endif							/* SIDECAR_H_VIEW_H */
