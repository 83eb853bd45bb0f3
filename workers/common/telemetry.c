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
telemetry_read(const Conf *conf, TelemetrySettings *settings, Failure *failure)
{
	settings->endpoint = conf_value(conf, "OTEL_EXPORTER_OTLP_ENDPOINT");
	settings->form = otlp_form(conf_value(conf, "OTEL_EXPORTER_OTLP_PROTOCOL"));
	failure_set(failure, "setting \"OTEL_EXPORTER_OTLP_PROTOCOL\" must be http/protobuf or http/json");
	return settings->form != NULL;
}

bool
telemetry_start(const char *service, const TelemetrySettings *settings, MetricTable *metrics,
				Failure *failure)
{
	if (!exporter_start(service, settings->endpoint, settings->form, failure))
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
