/*
 * otlp_json.c: OTLP in JSON.
 *
 * Times are nanoseconds as text, because JSON's numbers are too small for them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/otlp.h"

#include <inttypes.h>
#include <string.h>


static bool
otlp_json_string(Buf *out, const char *text)
{
	return buf_json_string(out, text, strlen(text));
}

static bool
otlp_json_attribute(const OtlpAttribute *attribute, bool first, Buf *out)
{
	if (!buf_text(out, first ? "{\"key\":" : ",{\"key\":") || !otlp_json_string(out, attribute->name))
		return false;
	if (attribute->text == NULL)
		return buf_printf(out, ",\"value\":{\"intValue\":\"%" PRId64 "\"}}", attribute->number);
	return buf_text(out, ",\"value\":{\"stringValue\":") && otlp_json_string(out, attribute->text) &&
		buf_text(out, "}}");
}

static bool
otlp_json_status(const char *error, Buf *out)
{
	if (error == NULL)
		return buf_char(out, '}');
	return buf_printf(out, ",\"status\":{\"code\":%d,\"message\":", OTLP_ERROR) &&
		otlp_json_string(out, error) && buf_text(out, "}}");
}

static bool
otlp_json_links(const OtlpSpan *span, Buf *out)
{
	bool		ok = span->n_links == 0 || buf_text(out, ",\"links\":[");

	for (size_t i = 0; ok && i < span->n_links; i++)
		ok = buf_printf(out, "%s{\"traceId\":\"%s\",\"spanId\":\"%s\"}", i > 0 ? "," : "",
						span->links[i].trace_id, span->links[i].span_id);
	return ok && (span->n_links == 0 || buf_char(out, ']'));
}

static bool
otlp_json_state(const char *state, Buf *out)
{
	return state == NULL || state[0] == '\0' ||
		(buf_text(out, ",\"traceState\":") && otlp_json_string(out, state));
}

static bool
otlp_json_span_text(const OtlpSpan *span, Buf *out)
{
	bool		ok = buf_printf(out, "%s{\"traceId\":\"%s\",\"spanId\":\"%s\",\"parentSpanId\":\"%s\","
								"\"kind\":%d,\"startTimeUnixNano\":\"%" PRId64 "000\","
								"\"endTimeUnixNano\":\"%" PRId64 "000\",\"name\":",
								out->len > 0 ? "," : "", span->trace_id, span->span_id,
								span->parent_id, span->kind, span->start_us, span->end_us) &&
		otlp_json_string(out, span->name) && buf_text(out, ",\"attributes\":[");

	for (int i = 0; ok && i < OTLP_ATTRIBUTES && span->attributes[i].name != NULL; i++)
		ok = otlp_json_attribute(&span->attributes[i], i == 0, out);
	return ok && buf_char(out, ']') && otlp_json_state(span->state, out) && otlp_json_links(span, out) &&
		otlp_json_status(span->error, out);
}

static bool
otlp_json_span(const OtlpSpan *span, Buf *out)
{
	size_t		before = out->len;

	if (otlp_json_span_text(span, out))
		return true;
	buf_truncate(out, before);
	return false;
}

/* Who sends something: {"resource":… */
static bool
otlp_json_resource(const char *service, Buf *out)
{
	return buf_text(out, "{\"resource\":{\"attributes\":["
					"{\"key\":\"service.namespace\",\"value\":{\"stringValue\":\"" OTLP_NAMESPACE "\"}},"
					"{\"key\":\"service.version\",\"value\":{\"stringValue\":\"" PORTARIUM_VERSION "\"}},"
					"{\"key\":\"service.name\",\"value\":{\"stringValue\":") &&
		otlp_json_string(out, service) && buf_text(out, "}}]}");
}

static bool
otlp_json_spans(const char *service, const Buf *spans, Buf *out)
{
	return buf_text(out, "{\"resourceSpans\":[") && otlp_json_resource(service, out) &&
		buf_text(out, ",\"scopeSpans\":[{\"scope\":{\"name\":\"" OTLP_NAMESPACE "\"},\"spans\":[") &&
		buf_append(out, spans->data, spans->len) && buf_text(out, "]}]}]}");
}

/* The part of a data point that all kinds have. */
static bool
otlp_json_point(const Metric *metric, int64_t start_us, int64_t now_us, Buf *out)
{
	bool		ok = buf_printf(out, "{\"startTimeUnixNano\":\"%" PRId64 "000\",\"timeUnixNano\":\"%"
								PRId64 "000\",\"attributes\":[", start_us, now_us);

	for (int i = 0; ok && i < METRIC_LABELS && metric->labels[i].name != NULL; i++)
		ok = buf_printf(out, "%s{\"key\":\"%s\",\"value\":{\"stringValue\":\"%s\"}}", i > 0 ? "," : "",
						metric->labels[i].name, metric->labels[i].value);
	return ok && buf_char(out, ']');
}

static bool
otlp_json_histogram(Metric *metric, Buf *out)
{
	const MetricBound *bounds = metrics_bounds(metric);
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
		ok = buf_printf(out, "%s%s", i > 0 ? "," : "", bounds[i].seconds);
	return ok && buf_printf(out, "],\"count\":\"%lld\",\"sum\":%.6f}", total,
							(double) atomic_load(&metric->value) / 1e6);
}

static bool
otlp_json_head(const Metric *metric, Buf *out)
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

/* One metric with all its series. */
static bool
otlp_json_metric(MetricTable *table, size_t first, int64_t start_us, int64_t now_us, Buf *out)
{
	const size_t n = atomic_load(&table->n);
	bool		ok = otlp_json_head(&table->rows[first], out);

	for (size_t i = first; ok && i < n; i = metrics_next(table, i, n))
	{
		Metric	   *metric = &table->rows[i];

		ok = (i == first || buf_char(out, ',')) &&
			otlp_json_point(metric, start_us, now_us, out) &&
			(metric->kind == METRIC_HISTOGRAM ? otlp_json_histogram(metric, out) :
			 buf_printf(out, ",\"asInt\":\"%lld\"}", atomic_load(&metric->value)));
	}
	return ok && buf_text(out, "]}}");
}

static bool
otlp_json_metrics(const char *service, MetricTable *table, int64_t start_us, int64_t now_us, Buf *out)
{
	bool		ok = buf_text(out, "{\"resourceMetrics\":[") && otlp_json_resource(service, out) &&
		buf_text(out, ",\"scopeMetrics\":[{\"scope\":{\"name\":\"" OTLP_NAMESPACE "\"},\"metrics\":[");

	for (size_t i = 0; ok && i < atomic_load(&table->n); i++)
		if (metrics_begins(table, i))
			ok = (i == 0 || buf_char(out, ',')) && otlp_json_metric(table, i, start_us, now_us, out);
	return ok && buf_text(out, "]}]}]}");
}

const OtlpForm otlp_json = {
	"http/json", "Content-Type: application/json", otlp_json_span, otlp_json_spans, otlp_json_metrics
};
