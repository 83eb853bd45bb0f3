/*
 * h_rpc.h: POST /rpc/<function>, and GET for those that only read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_H_RPC_H
#define SIDECAR_H_RPC_H

#include "arguments.h"
#include "request.h"

/*
 * Makes the request's job a call of the one of count functions that the request means; arguments
 * are what it gives, and point into its body.  On NULL the request has been answered.
 */
extern const CatalogFunction *h_rpc_prepare(Request *request, const CatalogFunction *functions,
											int count, Arguments *arguments) MUST_CHECK;

extern void h_rpc(Request *request, Span name);

#endif							/* SIDECAR_H_RPC_H */
