/*
 * metrics.c: what the program counts about itself.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX "portarium_sidecar_"
#define DURATION "http_server_request_duration_seconds"

static const char *const route_names[ROUTE_COUNT] = {
	[ROUTE_OTHER] = "other", [ROUTE_INDEX] = "index", [ROUTE_RPC] = "rpc", [ROUTE_VIEW] = "view",
	[ROUTE_EVENTS] = "events",
};

const char *
metrics_route(MetricsRoute route)
{
	static const char *const patterns[ROUTE_COUNT] = {
		[ROUTE_OTHER] = "*", [ROUTE_INDEX] = "/", [ROUTE_RPC] = "/rpc/{function}",
		[ROUTE_VIEW] = "/{view}", [ROUTE_EVENTS] = "/events",
	};

	return patterns[route];
}

static const struct
{
	int64_t		us;
	const char *seconds;
}			bounds[METRICS_BUCKETS] = {
	{500, "0.0005"}, {1000, "0.001"}, {2500, "0.0025"}, {5000, "0.005"}, {10000, "0.01"},
	{25000, "0.025"}, {50000, "0.05"}, {100000, "0.1"}, {250000, "0.25"}, {500000, "0.5"}, {1000000, "1"},
	{5000000, "5"}, {30000000, "30"},
};

void
metrics_request(Metrics *metrics, MetricsRoute route, int status, int64_t elapsed_us)
{
	int			i = 0;

	while (i < METRICS_BUCKETS && elapsed_us > bounds[i].us)
		i++;
	metrics->buckets[route][status][i]++;
	metrics->seconds[route][status] += (double) elapsed_us / 1e6;
	metrics->requests[route][status]++;
}

static bool
write_requests(const Metrics *metrics, Buf *out)
{
	if (!buf_text(out, "# TYPE " PREFIX "requests_total counter\n"))
		return false;
	for (int route = 0; route < ROUTE_COUNT; route++)
		for (int status = 0; status < 600; status++)
			if (metrics->requests[route][status] > 0 &&
				!buf_printf(out, PREFIX "requests_total{route=\"%s\",status=\"%d\"} %" PRIu64 "\n",
							route_names[route], status, metrics->requests[route][status]))
				return false;
	return true;
}

/* One route and status; the name and the labels are OpenTelemetry's. */
static bool
write_series(const Metrics *metrics, int route, int status, Buf *out)
{
	uint64_t	total = 0;
	char		labels[96];

	snprintf(labels, sizeof(labels), "http_route=\"%s\",http_response_status_code=\"%d\"",
			 metrics_route(route), status);
	for (int i = 0; i <= METRICS_BUCKETS; i++)
	{
		total += metrics->buckets[route][status][i];
		if (!buf_printf(out, DURATION "_bucket{%s,le=\"%s\"} %" PRIu64 "\n", labels,
						i < METRICS_BUCKETS ? bounds[i].seconds : "+Inf", total))
			return false;
	}
	return buf_printf(out, DURATION "_sum{%s} %.6f\n" DURATION "_count{%s} %" PRIu64 "\n",
					  labels, metrics->seconds[route][status], labels, total);
}

static bool
write_histogram(const Metrics *metrics, Buf *out)
{
	if (!buf_text(out, "# HELP " DURATION " Time from a request to its answer.\n"
				  "# TYPE " DURATION " histogram\n"))
		return false;
	for (int route = 0; route < ROUTE_COUNT; route++)
		for (int status = 0; status < 600; status++)
			if (metrics->requests[route][status] > 0 && !write_series(metrics, route, status, out))
				return false;
	return true;
}

static bool
write_counter(Buf *out, const char *name, uint64_t value)
{
	return buf_printf(out, "# TYPE " PREFIX "%s_total counter\n" PREFIX "%s_total %" PRIu64 "\n",
					  name, name, value);
}

bool
metrics_write(const Metrics *metrics, Buf *out)
{
	return write_requests(metrics, out) && write_histogram(metrics, out) &&
		write_counter(out, "connections_accepted", metrics->connections_accepted) &&
		write_counter(out, "connections_refused", metrics->connections_refused) &&
		write_counter(out, "tokens_cached", metrics->tokens_cached) &&
		write_counter(out, "tokens_verified", metrics->tokens_verified) &&
		write_counter(out, "tokens_refused", metrics->tokens_refused) &&
		write_counter(out, "reads_moved", metrics->reads_moved) &&
		write_counter(out, "queue_refusals", metrics->queue_refusals) &&
		write_counter(out, "quota_refusals", metrics->quota_refusals);
}

bool
metrics_gauge(Buf *out, const char *name, const char *labels, int64_t value)
{
	return buf_printf(out, PREFIX "%s%s %" PRId64 "\n", name, labels, value);
}
