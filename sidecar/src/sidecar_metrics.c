/*
 * sidecar_metrics.c: what the sidecar counts.
 *
 * The duration of requests is OpenTelemetry's http.server.request.duration, with its bounds; each
 * method, route and status gets its series with its first request.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "sidecar_metrics.h"

#include <stdio.h>
#include <string.h>

#include "common/telemetry.h"

#define SERIES_MAX 256			/* of requests: five methods, five routes, few statuses */
#define STATUS_MAX 600
#define STATUS_SIZE 4

#define EVENT(event_, name_, help_) \
	[event_] = {.name = "portarium.sidecar." name_, .kind = METRIC_COUNTER, .unit = "", .help = (help_)}
#define LEVEL(name_, help_) \
	{.name = "portarium.sidecar." name_, .kind = METRIC_GAUGE, .unit = "", .help = (help_)}
#define LANE(name_, lane_, help_) \
	{.name = "portarium.sidecar." name_, .kind = METRIC_GAUGE, .unit = "", .help = (help_), \
	 .labels = {{"lane", lane_}}}
#define LANES(name_, help_) \
	LANE(name_, "read", help_), LANE(name_, "write", help_), LANE(name_, "slow", help_)

static const MetricBound request_bounds[METRIC_BUCKETS] = {
	{5000, "0.005"}, {10000, "0.01"}, {25000, "0.025"}, {50000, "0.05"}, {75000, "0.075"},
	{100000, "0.1"}, {250000, "0.25"}, {500000, "0.5"}, {750000, "0.75"}, {1000000, "1"},
	{2500000, "2.5"}, {5000000, "5"}, {7500000, "7.5"}, {10000000, "10"},
};

static const Metric request_duration = {
	.name = "http.server.request.duration", .kind = METRIC_HISTOGRAM, .unit = "s",
	.help = "Time from a request to its answer.", .bounds = request_bounds,
	.labels = {{"http.request.method", ""}, {"http.route", ""}, {"http.response.status_code", ""}},
};

/* Behind the initialised rows there is room for the series of requests. */
static Metric rows[SIDECAR_EVENTS + 64 + SERIES_MAX] = {
	EVENT(SIDECAR_CONNECTION_ACCEPTED, "connections_accepted", "Connections that were taken."),
	EVENT(SIDECAR_CONNECTION_REFUSED, "connections_refused", "Connections that were too many."),
	EVENT(SIDECAR_TOKEN_CACHED, "tokens_cached", "Bearer tokens that were known already."),
	EVENT(SIDECAR_TOKEN_VERIFIED, "tokens_verified", "Bearer tokens that were verified."),
	EVENT(SIDECAR_TOKEN_REFUSED, "tokens_refused", "Bearer tokens that were refused."),
	EVENT(SIDECAR_READ_MOVED, "reads_moved", "Reads that went on in the slow lane."),
	EVENT(SIDECAR_QUEUE_REFUSED, "queue_refusals", "Calls for which the queue had no room."),
	EVENT(SIDECAR_QUOTA_REFUSED, "quota_refusals", "Requests beyond their tenant's share."),
	LEVEL("ready", "1 while it can do what it is for."),
	LEVEL("connections", "Client connections."),
	LEVEL("streams", "Event streams."),
	LEVEL("identities", "Bearer tokens that are known."),
	LEVEL("databases", "Databases of tenants of tier C that are connected to."),
	LANES("lane_connections_up", "Database connections of the lane."),
	LANES("lane_in_flight", "Calls that the database works on."),
	LANES("lane_queued", "Calls that wait for a connection."),
	TELEMETRY_METRICS,
};

static MetricTable table;

MetricTable *
sidecar_metrics(void)
{
	size_t		n = 0;

	if (table.rows == NULL)
	{
		while (rows[n].name != NULL)
			n++;
		table = (MetricTable) {rows, n, n + SERIES_MAX};
	}
	return &table;
}

const char *
sidecar_metrics_route(MetricsRoute route)
{
	static const char *const patterns[ROUTE_COUNT] = {
		[ROUTE_OTHER] = "*", [ROUTE_INDEX] = "/", [ROUTE_RPC] = "/rpc/{function}",
		[ROUTE_VIEW] = "/{view}", [ROUTE_EVENTS] = "/events",
		[ROUTE_WORKER] = "/worker/{call}",
	};

	return patterns[route];
}

void
sidecar_metrics_count(SidecarEvent event)
{
	metrics_add(&rows[event], 1);
}

/* What a client may make up is one name. */
static const char *
known_method(const char *method)
{
	static const char *const known[] = {"GET", "POST", "HEAD", "OPTIONS"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], method) == 0)
			return known[i];
	return "_OTHER";
}

static const char *
status_text(int status)
{
	static char texts[STATUS_MAX][STATUS_SIZE];

	if (status < 100 || status >= STATUS_MAX)
		status = 0;
	if (texts[status][0] == '\0')
		snprintf(texts[status], STATUS_SIZE, "%d", status);
	return texts[status];
}

void
sidecar_metrics_request(const char *method, MetricsRoute route, int status, int64_t us)
{
	const char *const values[METRIC_LABELS] = {
		known_method(method), sidecar_metrics_route(route), status_text(status)
	};
	Metric	   *series = metrics_series(sidecar_metrics(), &request_duration, values);

	if (series != NULL)
		metrics_observe(series, us);
}

void
sidecar_metrics_level(const char *name, const char *lane, int64_t value)
{
	char		full[64];
	Metric	   *metric;

	snprintf(full, sizeof(full), "portarium.sidecar.%s", name);
	metric = metrics_find(sidecar_metrics(), full, lane);
	if (metric != NULL)
		metrics_set(metric, value);
}
