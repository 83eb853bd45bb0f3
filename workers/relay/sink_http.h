/*
 * sink_http.h: an HTTP endpoint that takes CloudEvents.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SINK_HTTP_H
#define RELAY_SINK_HTTP_H

#include "relay/sink.h"

typedef struct SinkHttpSettings
{
	const char *url;
	const char *token;			/* sent as a bearer token; NULL: none */
	const char *ca_file;		/* NULL: the system's */
	int			timeout_ms;
} SinkHttpSettings;

/* Events are POSTed in structured mode; a 2xx answer means delivered.  Strings must stay valid. */
extern Sink *sink_http_open(const SinkHttpSettings *settings, Failure *failure) MUST_CHECK;

#endif							/* RELAY_SINK_HTTP_H */
