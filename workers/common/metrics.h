/*
 * metrics.h: what a program counts about itself, for Prometheus and for OTLP.
 *
 * A program declares its metrics as one table; series of one metric stand together in it and
 * differ by one label.  Names are OpenTelemetry's: "portarium.run.duration" with unit "s" is
 * portarium_run_duration_seconds in Prometheus' text, a counter ends in _total there.  The cells
 * are atomic: any thread may count, none waits.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/buf.h"

#define METRIC_BUCKETS 14

typedef enum MetricKind
{
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM			/* of durations */
} MetricKind;

typedef struct Metric
{
	const char *name;
	MetricKind	kind;
	const char *unit;			/* "s", "By", or "" for a plain number */
	const char *help;
	const char *label;			/* NULL: one series */
	const char *label_value;
	atomic_llong value;			/* count, level, or the sum in microseconds */
	atomic_llong buckets[METRIC_BUCKETS + 1];	/* not cumulative; the last is above all bounds */
} Metric;

extern void metrics_add(Metric *metric, int64_t n);
extern void metrics_set(Metric *metric, int64_t value);
extern void metrics_observe(Metric *metric, int64_t us);

/* Prometheus' text format 0.0.4. */
extern bool metrics_text(Metric *metrics, size_t n, Buf *out) MUST_CHECK;

/* An OTLP/JSON request; start_us and now_us in microseconds since the Unix epoch. */
extern bool metrics_otlp(const char *service, Metric *metrics, size_t n, int64_t start_us,
						 int64_t now_us, Buf *out) MUST_CHECK;

#endif							/* COMMON_METRICS_H */
