/*
 * proxy.h: HTTP requests through the egress proxy's socket.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_PROXY_H
#define EXECUTOR_PROXY_H

#include <curl/curl.h>
#include <stdbool.h>

#include "executor/job.h"

/* Sends a request through the proxy at a socket, in the name of the job's tenant and adapter. */
extern bool proxy_apply(const char *path, const Job *job, CURL *easy) MUST_CHECK;

/* Why the proxy let a transfer down; NULL when it did not. */
extern const char *proxy_reason(CURL *easy);

#endif							/* EXECUTOR_PROXY_H */
