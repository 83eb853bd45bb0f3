/*
 * telemetry.h: what a program shows of itself: spans and metrics to a collector, /metrics to whoever
 * asks.
 *
 * A program has one of it, between the blocking of signals and its end.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_TELEMETRY_H
#define COMMON_TELEMETRY_H

#include "common/conf.h"
#include "common/metrics.h"
#include "common/otlp.h"

/* The settings that every program has, for its table of settings. */
#define TELEMETRY_EXPORT_SETTINGS \
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "", false, \
	"Base URL of an OTLP/HTTP collector for spans and metrics; empty: none."}, \
	{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", false, "How it is spoken to: http/protobuf or http/json."}

/* The same, and that of a program without an HTTP server of its own. */
#define TELEMETRY_SETTINGS \
	TELEMETRY_EXPORT_SETTINGS, \
	{"METRICS_LISTEN", "", false, "ADDRESS:PORT of /metrics for Prometheus; empty: none."}

/* The series that every program's table has. */
#define TELEMETRY_SPANS(outcome_) \
	{.name = "portarium.telemetry.spans", .kind = METRIC_COUNTER, .unit = "", \
	 .help = "Spans handed to the collector.", .labels = {{"outcome", outcome_}}}
#define TELEMETRY_METRICS TELEMETRY_SPANS("sent"), TELEMETRY_SPANS("dropped")

typedef struct TelemetrySettings
{
	const char *endpoint;		/* "": nothing is exported */
	const OtlpForm *form;
	const char *listen;			/* "": nobody can ask */
} TelemetrySettings;

/* Reads TELEMETRY_EXPORT_SETTINGS; the strings are conf's. */
extern bool telemetry_read(const Conf *conf, TelemetrySettings *settings,
						   Failure *failure) MUST_CHECK;

extern bool telemetry_start(const char *service, const TelemetrySettings *settings,
							MetricTable *metrics, Failure *failure) MUST_CHECK;

/* Sends what is left, for a second or two. */
extern void telemetry_stop(void);

#endif							/* COMMON_TELEMETRY_H */
