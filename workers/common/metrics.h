/*
 * metrics.h: what a program counts about itself, for Prometheus and for OTLP.
 *
 * A program declares its metrics as one table; series of one metric differ by their labels.  Names
 * are OpenTelemetry's: "portarium.run.duration" with unit "s" is portarium_run_duration_seconds in
 * Prometheus' text, a counter ends in _total there.  The cells are atomic: any thread may count,
 * none waits.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/buf.h"

#define METRIC_BUCKETS 14
#define METRIC_LABELS 3

typedef enum MetricKind
{
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM			/* of durations */
} MetricKind;

typedef struct MetricLabel
{
	const char *name;			/* OpenTelemetry's, with dots; NULL ends the list */
	const char *value;
} MetricLabel;

/* An upper bound of a bucket. */
typedef struct MetricBound
{
	int64_t		us;
	const char *seconds;
} MetricBound;

typedef struct Metric
{
	const char *name;
	MetricKind	kind;
	const char *unit;			/* "s", "By", or "" for a plain number */
	const char *help;
	MetricLabel labels[METRIC_LABELS];
	const MetricBound *bounds;	/* METRIC_BUCKETS of them; NULL: from a millisecond to an hour */
	atomic_llong value;			/* count, level, or the sum in microseconds */
	atomic_llong buckets[METRIC_BUCKETS + 1];	/* not cumulative; the last is above all bounds */
} Metric;

typedef struct MetricTable
{
	Metric	   *rows;
	atomic_size_t n;
	size_t		max;			/* n and the series that may be added */
} MetricTable;

/* A table of this array, with all its rows. */
#define METRIC_TABLE(array_) \
	{(array_), sizeof(array_) / sizeof((array_)[0]), sizeof(array_) / sizeof((array_)[0])}

extern void metrics_add(Metric *metric, int64_t n);
extern void metrics_set(Metric *metric, int64_t value);
extern void metrics_observe(Metric *metric, int64_t us);

/* The series with this name, and this first label's value unless that is NULL; NULL: there is none. */
extern Metric *metrics_find(const MetricTable *table, const char *name, const char *value);

/*
 * The series of like's metric with these values for its labels, made when it is new; NULL when the
 * table is full.  One thread makes series; the values must stay valid.
 */
extern Metric *metrics_series(MetricTable *table, const Metric *like,
							  const char *const values[METRIC_LABELS]);

/* Prometheus' text format 0.0.4. */
extern bool metrics_text(MetricTable *table, Buf *out) MUST_CHECK;

/*
 * For whoever writes a table otherwise: the bounds of a histogram, whether a series is the first of its
 * metric, and the next of the same metric (n, the number of series, when there is none).
 */
extern const MetricBound *metrics_bounds(const Metric *metric);
extern bool metrics_begins(const MetricTable *table, size_t i);
extern size_t metrics_next(const MetricTable *table, size_t i, size_t n);

#endif							/* COMMON_METRICS_H */
