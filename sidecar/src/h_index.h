/*
 * h_index.h: GET /: what there is.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_H_INDEX_H
#define SIDECAR_H_INDEX_H

#include "request.h"

extern void h_index(Request *request);

#endif							/* SIDECAR_H_INDEX_H */
