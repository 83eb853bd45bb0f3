/*
 * h_admin.c: /live, /ready and /metrics.
 *
 * An answer of /live is proof enough: the one thread that serves requests gave it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "h_admin.h"

#include <stdio.h>

#include "maxima.h"
#include "sidecar_metrics.h"

static bool
write_ready(const Service *service, Buf *out)
{
	return buf_printf(out, "{\"ready\":%s,\"draining\":%s,\"catalogue\":%s,\"read\":%d,"
					  "\"write\":%d,\"slow\":%d}\n", service_ready(service) ? "true" : "false",
					  service->draining ? "true" : "false",
					  service->catalog != NULL ? "true" : "false",
					  lane_up(&service->home.lanes[LANE_READ]), lane_up(&service->home.lanes[LANE_WRITE]),
					  lane_up(&service->home.lanes[LANE_SLOW]));
}

static void
measure_lane(const Lane *lane)
{
	sidecar_metrics_level("lane_connections_up", lane->rules.lane, lane_up(lane));
	sidecar_metrics_level("lane_in_flight", lane->rules.lane, lane_in_flight(lane));
	sidecar_metrics_level("lane_queued", lane->rules.lane, lane->queued);
}

void
h_admin_measure(const Service *service)
{
	sidecar_metrics_level("ready", NULL, service_ready(service));
	sidecar_metrics_level("connections", NULL, service->connections);
	sidecar_metrics_level("streams", NULL, service->stream_count);
	sidecar_metrics_level("identities", NULL, (int64_t) service->identities.count);
	sidecar_metrics_level("databases", NULL, service->pools.count);
	for (int i = 0; i < LANE_COUNT; i++)
		measure_lane(&service->home.lanes[i]);
}

static int
write_answer(const Service *service, Span path, Buf *out, const char **type)
{
	bool		fine;

	*type = "application/json";
	if (span_is(path, "/live"))
		return buf_text(out, "{\"live\":true}\n") ? 200 : 500;
	if (span_is(path, "/ready"))
	{
		fine = write_ready(service, out);
		return !fine ? 500 : service_ready(service) ? 200 : 503;
	}
	if (!span_is(path, "/metrics"))
		return 404;
	*type = "text/plain; version=0.0.4";
	h_admin_measure(service);
	return metrics_text(sidecar_metrics(), out) ? 200 : 500;
}

void
h_admin(Conn *conn)
{
	const char *method = http_method(&conn->parser);
	bool		reading = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	Reply		reply = {405, NULL, {NULL, 0}, reading ? "" : "Allow: GET, HEAD\r\n", false};
	Buf			body;

	buf_init(&body, LIMIT_RESPONSE);
	if (reading)
		reply.status = write_answer(conn->rules->service, http_target(&conn->parser), &body,
									&reply.content_type);
	reply.body = (Span) {body.data, body.len};
	conn_reply(conn, &reply);
	buf_free(&body);
}
