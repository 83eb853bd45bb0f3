/*
 * telemetry.c: what a program shows of itself.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/telemetry.h"

#include "common/exporter.h"
#include "common/scrape.h"

static Scrape *telemetry_scrape;

bool
telemetry_start(const char *service, const TelemetrySettings *settings, MetricTable *metrics,
				Failure *failure)
{
	if (!exporter_start(service, settings->endpoint, failure))
		return false;
	exporter_metrics(metrics);
	return scrape_start(&telemetry_scrape, settings->listen, metrics, failure);
}

void
telemetry_stop(void)
{
	scrape_stop(telemetry_scrape);
	telemetry_scrape = NULL;
	exporter_stop();
}
