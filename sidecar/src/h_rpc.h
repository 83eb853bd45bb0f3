/*
 * h_rpc.h: POST /rpc/<function>, and GET for those that only read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_H_RPC_H
#define SIDECAR_H_RPC_H

#include "request.h"

extern void h_rpc(Request *request, Span name);

#endif							/* SIDECAR_H_RPC_H */
