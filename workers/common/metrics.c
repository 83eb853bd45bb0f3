/*
 * metrics.c: what a program counts about itself.
 *
 * Series that were added stand behind the others, wherever their metric began: a metric is written
 * at its first series, with all that follow.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/metrics.h"

#include <stdio.h>
#include <string.h>

#define METRIC_NAME_SIZE 96
#define METRIC_LABELS_SIZE 320

/* From one millisecond to an hour, because runs and approvals take long. */
static const MetricBound metric_bounds[METRIC_BUCKETS] = {
	{1000, "0.001"}, {5000, "0.005"}, {10000, "0.01"}, {50000, "0.05"}, {100000, "0.1"},
	{250000, "0.25"}, {500000, "0.5"}, {1000000, "1"}, {5000000, "5"}, {10000000, "10"},
	{60000000, "60"}, {300000000, "300"}, {900000000, "900"}, {3600000000, "3600"},
};

const MetricBound *
metrics_bounds(const Metric *metric)
{
	return metric->bounds != NULL ? metric->bounds : metric_bounds;
}

void
metrics_add(Metric *metric, int64_t n)
{
	(void) atomic_fetch_add(&metric->value, n);
}

void
metrics_set(Metric *metric, int64_t value)
{
	atomic_store(&metric->value, value);
}

void
metrics_observe(Metric *metric, int64_t us)
{
	const MetricBound *bounds = metrics_bounds(metric);
	int			i = 0;

	while (i < METRIC_BUCKETS && us > bounds[i].us)
		i++;
	(void) atomic_fetch_add(&metric->buckets[i], 1);
	(void) atomic_fetch_add(&metric->value, us);
}

Metric *
metrics_find(const MetricTable *table, const char *name, const char *value)
{
	for (size_t i = 0; i < atomic_load(&table->n); i++)
	{
		Metric	   *metric = &table->rows[i];

		if (strcmp(metric->name, name) == 0 &&
			(value == NULL || (metric->labels[0].value != NULL &&
							   strcmp(metric->labels[0].value, value) == 0)))
			return metric;
	}
	return NULL;
}

/* Names and values are mostly the same constants. */
static bool
metric_same(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool
metric_has(const Metric *metric, const Metric *like, const char *const values[METRIC_LABELS])
{
	if (!metric_same(metric->name, like->name))
		return false;
	for (int i = 0; i < METRIC_LABELS; i++)
	{
		if (!metric_same(metric->labels[i].name, like->labels[i].name) ||
			!metric_same(metric->labels[i].value, values[i]))
			return false;
	}
	return true;
}

Metric *
metrics_series(MetricTable *table, const Metric *like, const char *const values[METRIC_LABELS])
{
	size_t		n = atomic_load(&table->n);
	Metric	   *made = &table->rows[n];

	for (size_t i = 0; i < n; i++)
	{
		if (metric_has(&table->rows[i], like, values))
			return &table->rows[i];
	}
	if (n == table->max)
		return NULL;
	*made = (Metric) {like->name, like->kind, like->unit, like->help, .bounds = like->bounds};
	for (int i = 0; i < METRIC_LABELS; i++)
		made->labels[i] = (MetricLabel) {like->labels[i].name, values[i]};
	atomic_store(&table->n, n + 1);
	return made;
}

bool
metrics_begins(const MetricTable *table, size_t i)
{
	for (size_t before = i; before > 0; before--)
	{
		if (strcmp(table->rows[before - 1].name, table->rows[i].name) == 0)
			return false;
	}
	return true;
}

size_t
metrics_next(const MetricTable *table, size_t i, size_t n)
{
	size_t		next = i + 1;

	while (next < n && strcmp(table->rows[next].name, table->rows[i].name) != 0)
		next++;
	return next;
}

static void
metric_underscore(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		if (*c == '.')
			*c = '_';
}

/* portarium.run.duration, s → portarium_run_duration_seconds */
static void
metric_text_name(const Metric *metric, char name[METRIC_NAME_SIZE])
{
	const char *unit = strcmp(metric->unit, "s") == 0 ? "_seconds" :
		strcmp(metric->unit, "By") == 0 ? "_bytes" : "";

	(void) snprintf(name, METRIC_NAME_SIZE, "%s%s%s", metric->name, unit,
					metric->kind == METRIC_COUNTER ? "_total" : "");
	metric_underscore(name);
}

/* a="b",c="d"; values are names of ours, and tenants' ids: nothing to escape. */
static void
metric_text_labels(const Metric *metric, char labels[METRIC_LABELS_SIZE])
{
	char		name[64];
	size_t		len = 0;

	labels[0] = '\0';
	for (int i = 0; i < METRIC_LABELS && metric->labels[i].name != NULL && len < METRIC_LABELS_SIZE; i++)
	{
		(void) snprintf(name, sizeof(name), "%s", metric->labels[i].name);
		metric_underscore(name);
		len += (size_t) snprintf(labels + len, METRIC_LABELS_SIZE - len, "%s%s=\"%s\"",
								 i > 0 ? "," : "", name, metric->labels[i].value);
	}
}

static bool
metric_text_head(const Metric *metric, const char *name, Buf *out)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};

	return buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, metric->help, name,
					  types[metric->kind]);
}

static bool
metric_text_histogram(Metric *metric, const char *name, const char *labels, Buf *out)
{
	const MetricBound *bounds = metrics_bounds(metric);
	const char *comma = labels[0] != '\0' ? "," : "";
	const char *open = labels[0] != '\0' ? "{" : "";
	const char *close = labels[0] != '\0' ? "}" : "";
	long long	total = 0;

	for (int i = 0; i <= METRIC_BUCKETS; i++)
	{
		total += atomic_load(&metric->buckets[i]);
		if (!buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %lld\n", name, labels, comma,
						i < METRIC_BUCKETS ? bounds[i].seconds : "+Inf", total))
			return false;
	}
	return buf_printf(out, "%s_sum%s%s%s %.6f\n%s_count%s%s%s %lld\n", name, open, labels, close,
					  (double) atomic_load(&metric->value) / 1e6, name, open, labels, close, total);
}

static bool
metric_text(Metric *metric, const char *name, Buf *out)
{
	char		labels[METRIC_LABELS_SIZE];

	metric_text_labels(metric, labels);
	if (metric->kind == METRIC_HISTOGRAM)
		return metric_text_histogram(metric, name, labels, out);
	return buf_printf(out, "%s%s%s%s %lld\n", name, labels[0] != '\0' ? "{" : "", labels,
					  labels[0] != '\0' ? "}" : "", atomic_load(&metric->value));
}

bool
metrics_text(MetricTable *table, Buf *out)
{
	const size_t n = atomic_load(&table->n);
	char		name[METRIC_NAME_SIZE];

	for (size_t first = 0; first < n; first++)
	{
		if (!metrics_begins(table, first))
			continue;
		metric_text_name(&table->rows[first], name);
		if (!metric_text_head(&table->rows[first], name, out))
			return false;
		for (size_t i = first; i < n; i = metrics_next(table, i, n))
			if (!metric_text(&table->rows[i], name, out))
				return false;
	}
	return true;
}
