/*
 * egress_metrics.c: what the proxy counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/egress_metrics.h"

#include "common/telemetry.h"

#define ATTEMPT(verdict_, outcome_) \
	[verdict_] = {.name = "portarium.egress.attempt.duration", .kind = METRIC_HISTOGRAM, .unit = "s", \
	.help = "Time from a client's connection to its end.", .labels = {{"outcome", outcome_}}}
#define IO(direction_) \
	{.name = "portarium.egress.io", .kind = METRIC_COUNTER, .unit = "By", \
	 .help = "Bytes that went through.", .labels = {{"network.io.direction", direction_}}}

enum
{
	IO_UP = VERDICT_FAILED + 1,
	IO_DOWN,
	CONNECTIONS,
	DECLINED
};

static Metric rows[] = {
	ATTEMPT(VERDICT_ALLOWED, "allowed"),
	ATTEMPT(VERDICT_REFUSED, "refused"),
	ATTEMPT(VERDICT_FAILED, "failed"),
	[IO_UP] = IO("transmit"),
	[IO_DOWN] = IO("receive"),
	[CONNECTIONS] = {.name = "portarium.egress.connections", .kind = METRIC_GAUGE, .unit = "",
	.help = "Connections now."},
	[DECLINED] = {.name = "portarium.egress.declined", .kind = METRIC_COUNTER, .unit = "",
	.help = "Connections that were too many."},
	TELEMETRY_METRICS,
};

static MetricTable table = METRIC_TABLE(rows);

MetricTable *
egress_metrics(void)
{
	return &table;
}

void
egress_metrics_attempt(const Record *record)
{
	metrics_observe(&rows[record->verdict], record->ms * 1000);
	metrics_add(&rows[IO_UP], record->up);
	metrics_add(&rows[IO_DOWN], record->down);
}

void
egress_metrics_connections(int connections)
{
	metrics_set(&rows[CONNECTIONS], connections);
}

void
egress_metrics_declined(void)
{
	metrics_add(&rows[DECLINED], 1);
}
