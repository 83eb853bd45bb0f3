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
#include "service.h"

static bool
write_ready(const Service *service, Buf *out)
{
	return buf_printf(out, "{\"ready\":%s,\"draining\":%s,\"catalogue\":%s,\"read\":%d,"
					  "\"write\":%d,\"slow\":%d}\n", service_ready(service) ? "true" : "false",
					  service->draining ? "true" : "false",
					  service->catalog != NULL ? "true" : "false",
					  lane_up(&service->lanes[LANE_READ]), lane_up(&service->lanes[LANE_WRITE]),
					  lane_up(&service->lanes[LANE_SLOW]));
}

static bool
write_lane(const Lane *lane, Buf *out)
{
	char		labels[64];

	snprintf(labels, sizeof(labels), "{lane=\"%s\"}", lane->rules.lane);
	return metrics_gauge(out, "lane_connections_up", labels, lane_up(lane)) &&
		metrics_gauge(out, "lane_in_flight", labels, lane_in_flight(lane)) &&
		metrics_gauge(out, "lane_queued", labels, lane->queued);
}

static bool
write_metrics(const Service *service, Buf *out)
{
	bool		fine = metrics_write(&service->metrics, out) &&
		metrics_gauge(out, "ready", "", service_ready(service)) &&
		metrics_gauge(out, "connections", "", service->connections) &&
		metrics_gauge(out, "streams", "", service->stream_count) &&
		metrics_gauge(out, "identities", "", (int64_t) service->identities.count);

	for (int i = 0; fine && i < LANE_COUNT; i++)
		fine = write_lane(&service->lanes[i], out);
	return fine;
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
	return write_metrics(service, out) ? 200 : 500;
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
