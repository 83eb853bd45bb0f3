/*
 * metrics.c: what a program counts about itself.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define METRIC_NAME_SIZE 96

/* Upper bounds: from one millisecond to an hour, because runs and approvals take long. */
static const struct
{
	int64_t		us;
	const char *seconds;
}			metric_bounds[METRIC_BUCKETS] = {
	{1000, "0.001"}, {5000, "0.005"}, {10000, "0.01"}, {50000, "0.05"}, {100000, "0.1"},
	{250000, "0.25"}, {500000, "0.5"}, {1000000, "1"}, {5000000, "5"}, {10000000, "10"},
	{60000000, "60"}, {300000000, "300"}, {900000000, "900"}, {3600000000, "3600"},
};

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
	int			i = 0;

	while (i < METRIC_BUCKETS && us > metric_bounds[i].us)
		i++;
	(void) atomic_fetch_add(&metric->buckets[i], 1);
	(void) atomic_fetch_add(&metric->value, us);
}

static bool
metric_begins(const Metric *metrics, size_t i)
{
	return i == 0 || strcmp(metrics[i].name, metrics[i - 1].name) != 0;
}

/* portarium.run.duration, s → portarium_run_duration_seconds */
static void
metric_text_name(const Metric *metric, char name[METRIC_NAME_SIZE])
{
	const char *unit = strcmp(metric->unit, "s") == 0 ? "_seconds" :
		strcmp(metric->unit, "By") == 0 ? "_bytes" : "";

	(void) snprintf(name, METRIC_NAME_SIZE, "%s%s%s", metric->name, unit,
					metric->kind == METRIC_COUNTER ? "_total" : "");
	for (char *c = name; *c != '\0'; c++)
		if (*c == '.')
			*c = '_';
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
	const char *comma = labels[0] != '\0' ? "," : "";
	const char *open = labels[0] != '\0' ? "{" : "";
	const char *close = labels[0] != '\0' ? "}" : "";
	long long	total = 0;

	for (int i = 0; i <= METRIC_BUCKETS; i++)
	{
		total += atomic_load(&metric->buckets[i]);
		if (!buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %lld\n", name, labels, comma,
						i < METRIC_BUCKETS ? metric_bounds[i].seconds : "+Inf", total))
			return false;
	}
	return buf_printf(out, "%s_sum%s%s%s %.6f\n%s_count%s%s%s %lld\n", name, open, labels, close,
					  (double) atomic_load(&metric->value) / 1e6, name, open, labels, close, total);
}

static bool
metric_text(Metric *metric, const char *name, Buf *out)
{
	char		labels[128] = "";

	if (metric->label != NULL)
		(void) snprintf(labels, sizeof(labels), "%s=\"%s\"", metric->label, metric->label_value);
	if (metric->kind == METRIC_HISTOGRAM)
		return metric_text_histogram(metric, name, labels, out);
	return buf_printf(out, "%s%s%s%s %lld\n", name, labels[0] != '\0' ? "{" : "", labels,
					  labels[0] != '\0' ? "}" : "", atomic_load(&metric->value));
}

bool
metrics_text(Metric *metrics, size_t n, Buf *out)
{
	char		name[METRIC_NAME_SIZE];

	for (size_t i = 0; i < n; i++)
	{
		metric_text_name(&metrics[i], name);
		if ((metric_begins(metrics, i) && !metric_text_head(&metrics[i], name, out)) ||
			!metric_text(&metrics[i], name, out))
			return false;
	}
	return true;
}

/* The part of a data point that all kinds have. */
static bool
metric_otlp_point(const Metric *metric, int64_t start_us, int64_t now_us, Buf *out)
{
	if (!buf_printf(out, "{\"startTimeUnixNano\":\"%" PRId64 "000\",\"timeUnixNano\":\"%" PRId64
					"000\",\"attributes\":[", start_us, now_us))
		return false;
	return metric->label == NULL ? buf_char(out, ']') :
		buf_printf(out, "{\"key\":\"%s\",\"value\":{\"stringValue\":\"%s\"}}]", metric->label,
				   metric->label_value);
}

static bool
metric_otlp_histogram(Metric *metric, Buf *out)
{
	long long	total = 0;
	bool		ok = buf_text(out, ",\"bucketCounts\":[");

	for (int i = 0; ok && i <= METRIC_BUCKETS; i++)
	{
		long long	count = atomic_load(&metric->buckets[i]);

		total += count;
		ok = buf_printf(out, "%s\"%lld\"", i > 0 ? "," : "", count);
	}
	ok = ok && buf_text(out, "],\"explicitBounds\":[");
	for (int i = 0; ok && i < METRIC_BUCKETS; i++)
		ok = buf_printf(out, "%s%s", i > 0 ? "," : "", metric_bounds[i].seconds);
	return ok && buf_printf(out, "],\"count\":\"%lld\",\"sum\":%.6f}", total,
							(double) atomic_load(&metric->value) / 1e6);
}

static bool
metric_otlp_head(const Metric *metric, Buf *out)
{
	static const char *const shapes[] = {
		"\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":true,\"dataPoints\":[",
		"\"gauge\":{\"dataPoints\":[",
		"\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[",
	};

	return buf_printf(out, "{\"name\":\"%s\",\"unit\":\"%s\",\"description\":", metric->name,
					  metric->unit[0] != '\0' ? metric->unit : "1") &&
		buf_json_string(out, metric->help, strlen(metric->help)) &&
		buf_printf(out, ",%s", shapes[metric->kind]);
}

bool
metrics_otlp(const char *service, Metric *metrics, size_t n, int64_t start_us, int64_t now_us,
			 Buf *out)
{
	bool		ok = buf_printf(out, "{\"resourceMetrics\":[{\"resource\":{\"attributes\":["
								"{\"key\":\"service.name\",\"value\":{\"stringValue\":\"%s\"}}]},"
								"\"scopeMetrics\":[{\"scope\":{\"name\":\"portarium\"},"
								"\"metrics\":[", service);

	for (size_t i = 0; ok && i < n; i++)
	{
		Metric	   *metric = &metrics[i];
		bool		first = metric_begins(metrics, i);

		ok = buf_text(out, !first ? "," : i > 0 ? "]}}," : "") &&
			(!first || metric_otlp_head(metric, out)) &&
			metric_otlp_point(metric, start_us, now_us, out) &&
			(metric->kind == METRIC_HISTOGRAM ? metric_otlp_histogram(metric, out) :
			 buf_printf(out, ",\"asInt\":\"%lld\"}", atomic_load(&metric->value)));
	}
	return ok && buf_text(out, n > 0 ? "]}}]}]}]}" : "]}]}]}");
}
