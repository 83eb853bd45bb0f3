/*
 * otlp_protobuf.c: OTLP as protocol buffers.
 *
 * The numbers are those of opentelemetry/proto (trace, metrics, common and resource, v1).  A span is
 * kept as the field of the message that will hold it, so that a request is a frame around what is there.
 * Fields come in the order of their numbers and without what is empty, as every other writer has them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/otlp.h"

#include <string.h>

#include "common/protobuf.h"

#define OTLP_CUMULATIVE 2		/* how counters are meant: since they began */

enum
{
	REQUEST_RESOURCES = 1,		/* of ExportTraceServiceRequest and ExportMetricsServiceRequest */
	RESOURCES_RESOURCE = 1,		/* of ResourceSpans and ResourceMetrics */
	RESOURCES_SCOPES = 2,
	SCOPES_SCOPE = 1,			/* of ScopeSpans and ScopeMetrics */
	SCOPES_ITEMS = 2,
	RESOURCE_ATTRIBUTES = 1,
	SCOPE_NAME = 1,
	PAIR_KEY = 1,				/* of KeyValue */
	PAIR_VALUE = 2,
	VALUE_TEXT = 1,				/* of AnyValue */
	VALUE_NUMBER = 3
};

enum
{
	SPAN_TRACE = 1,
	SPAN_ID,
	SPAN_STATE,
	SPAN_PARENT,
	SPAN_NAME,
	SPAN_KIND,
	SPAN_START,
	SPAN_END,
	SPAN_ATTRIBUTES,
	SPAN_LINKS = 13,
	SPAN_STATUS = 15,
	LINK_TRACE = 1,
	LINK_SPAN = 2,
	STATUS_MESSAGE = 2,
	STATUS_CODE = 3
};

enum
{
	METRIC_NAME = 1,
	METRIC_DESCRIPTION = 2,
	METRIC_UNIT = 3,
	METRIC_AS_GAUGE = 5,
	METRIC_AS_SUM = 7,
	METRIC_AS_HISTOGRAM = 9,
	DATA_POINTS = 1,			/* of Gauge, Sum and Histogram */
	DATA_TEMPORALITY = 2,
	DATA_MONOTONIC = 3,
	POINT_START = 2,			/* of NumberDataPoint and HistogramDataPoint */
	POINT_TIME = 3,
	NUMBER_VALUE = 6,
	NUMBER_ATTRIBUTES = 7,
	HISTOGRAM_COUNT = 4,
	HISTOGRAM_SUM = 5,
	HISTOGRAM_BUCKETS = 6,
	HISTOGRAM_BOUNDS = 7,
	HISTOGRAM_ATTRIBUTES = 9
};

static uint64_t
otlp_protobuf_ns(int64_t us)
{
	return (uint64_t) us * 1000;
}

/* A text that is left out when it is empty, as its reader takes what is not there. */
static bool
otlp_protobuf_some(Buf *out, int field, const char *text)
{
	return text == NULL || text[0] == '\0' || protobuf_text(out, field, text);
}

/* text NULL: the number. */
static bool
otlp_protobuf_pair(Buf *out, int field, const char *key, const char *text, int64_t number)
{
	const size_t begin = out->len;
	size_t		value;

	if (!protobuf_text(out, PAIR_KEY, key))
		return false;
	value = out->len;
	return (text != NULL ? protobuf_text(out, VALUE_TEXT, text) :
			protobuf_varint(out, VALUE_NUMBER, (uint64_t) number)) &&
		protobuf_end(out, PAIR_VALUE, value) && protobuf_end(out, field, begin);
}

static bool
otlp_protobuf_links(const OtlpSpan *span, Buf *out)
{
	bool		ok = true;

	for (size_t i = 0; ok && i < span->n_links; i++)
	{
		const size_t begin = out->len;

		ok = protobuf_hex(out, LINK_TRACE, span->links[i].trace_id) &&
			protobuf_hex(out, LINK_SPAN, span->links[i].span_id) &&
			protobuf_end(out, SPAN_LINKS, begin);
	}
	return ok;
}

static bool
otlp_protobuf_status(const char *error, Buf *out)
{
	const size_t begin = out->len;

	return error == NULL ||
		(otlp_protobuf_some(out, STATUS_MESSAGE, error) &&
		 protobuf_varint(out, STATUS_CODE, OTLP_ERROR) && protobuf_end(out, SPAN_STATUS, begin));
}

static bool
otlp_protobuf_span_fields(const OtlpSpan *span, Buf *out)
{
	bool		ok = protobuf_hex(out, SPAN_TRACE, span->trace_id) &&
		protobuf_hex(out, SPAN_ID, span->span_id) &&
		otlp_protobuf_some(out, SPAN_STATE, span->state) &&
		protobuf_hex(out, SPAN_PARENT, span->parent_id) &&
		otlp_protobuf_some(out, SPAN_NAME, span->name) &&
		protobuf_varint(out, SPAN_KIND, span->kind) &&
		protobuf_fixed64(out, SPAN_START, otlp_protobuf_ns(span->start_us)) &&
		protobuf_fixed64(out, SPAN_END, otlp_protobuf_ns(span->end_us));

	for (int i = 0; ok && i < OTLP_ATTRIBUTES && span->attributes[i].name != NULL; i++)
		ok = otlp_protobuf_pair(out, SPAN_ATTRIBUTES, span->attributes[i].name,
								span->attributes[i].text, span->attributes[i].number);
	return ok && otlp_protobuf_links(span, out) && otlp_protobuf_status(span->error, out);
}

static bool
otlp_protobuf_span(const OtlpSpan *span, Buf *out)
{
	const size_t before = out->len;

	if (otlp_protobuf_span_fields(span, out) && protobuf_end(out, SCOPES_ITEMS, before))
		return true;
	buf_truncate(out, before);
	return false;
}

/* Who sends something, and what comes before its spans or metrics; *scopes is where those begin. */
static bool
otlp_protobuf_open(const char *service, Buf *out, size_t *scopes)
{
	const size_t resource = out->len;

	if (!otlp_protobuf_pair(out, RESOURCE_ATTRIBUTES, "service.namespace", OTLP_NAMESPACE, 0) ||
		!otlp_protobuf_pair(out, RESOURCE_ATTRIBUTES, "service.version", PORTARIUM_VERSION, 0) ||
		!otlp_protobuf_pair(out, RESOURCE_ATTRIBUTES, "service.name", service, 0) ||
		!protobuf_end(out, RESOURCES_RESOURCE, resource))
		return false;
	*scopes = out->len;
	return protobuf_text(out, SCOPE_NAME, OTLP_NAMESPACE) &&
		protobuf_end(out, SCOPES_SCOPE, *scopes);
}

static bool
otlp_protobuf_close(Buf *out, size_t request, size_t scopes)
{
	return protobuf_end(out, RESOURCES_SCOPES, scopes) &&
		protobuf_end(out, REQUEST_RESOURCES, request);
}

static bool
otlp_protobuf_spans(const char *service, const Buf *spans, Buf *out)
{
	const size_t request = out->len;
	size_t		scopes;

	return otlp_protobuf_open(service, out, &scopes) &&
		buf_append(out, spans->data, spans->len) && otlp_protobuf_close(out, request, scopes);
}

static bool
otlp_protobuf_labels(const Metric *metric, int field, Buf *out)
{
	bool		ok = true;

	for (int i = 0; ok && i < METRIC_LABELS && metric->labels[i].name != NULL; i++)
		ok = otlp_protobuf_pair(out, field, metric->labels[i].name, metric->labels[i].value, 0);
	return ok;
}

static bool
otlp_protobuf_buckets(const long long counts[METRIC_BUCKETS + 1], Buf *out)
{
	const size_t begin = out->len;
	bool		ok = true;

	for (int i = 0; ok && i <= METRIC_BUCKETS; i++)
		ok = protobuf_packed64(out, (uint64_t) counts[i]);
	return ok && protobuf_end(out, HISTOGRAM_BUCKETS, begin);
}

static bool
otlp_protobuf_bounds(const MetricBound *bounds, Buf *out)
{
	const size_t begin = out->len;
	bool		ok = true;

	for (int i = 0; ok && i < METRIC_BUCKETS; i++)
		ok = protobuf_packed_double(out, (double) bounds[i].us / 1e6);
	return ok && protobuf_end(out, HISTOGRAM_BOUNDS, begin);
}

static bool
otlp_protobuf_histogram(Metric *metric, Buf *out)
{
	long long	counts[METRIC_BUCKETS + 1];
	long long	total = 0;

	for (int i = 0; i <= METRIC_BUCKETS; i++)
	{
		counts[i] = atomic_load(&metric->buckets[i]);
		total += counts[i];
	}
	return (total == 0 || protobuf_fixed64(out, HISTOGRAM_COUNT, (uint64_t) total)) &&
		protobuf_double(out, HISTOGRAM_SUM, (double) atomic_load(&metric->value) / 1e6) &&
		otlp_protobuf_buckets(counts, out) && otlp_protobuf_bounds(metrics_bounds(metric), out) &&
		otlp_protobuf_labels(metric, HISTOGRAM_ATTRIBUTES, out);
}

static bool
otlp_protobuf_point(Metric *metric, int64_t start_us, int64_t now_us, Buf *out)
{
	const size_t begin = out->len;

	return protobuf_fixed64(out, POINT_START, otlp_protobuf_ns(start_us)) &&
		protobuf_fixed64(out, POINT_TIME, otlp_protobuf_ns(now_us)) &&
		(metric->kind == METRIC_HISTOGRAM ? otlp_protobuf_histogram(metric, out) :
		 (protobuf_fixed64(out, NUMBER_VALUE, (uint64_t) atomic_load(&metric->value)) &&
		  otlp_protobuf_labels(metric, NUMBER_ATTRIBUTES, out))) &&
		protobuf_end(out, DATA_POINTS, begin);
}

/* All series of a metric, as its kind has them. */
static bool
otlp_protobuf_data(MetricTable *table, size_t first, int64_t start_us, int64_t now_us, Buf *out)
{
	static const int fields[] = {METRIC_AS_SUM, METRIC_AS_GAUGE, METRIC_AS_HISTOGRAM};
	const MetricKind kind = table->rows[first].kind;
	const size_t n = atomic_load(&table->n);
	const size_t begin = out->len;
	bool		ok = true;

	for (size_t i = first; ok && i < n; i = metrics_next(table, i, n))
		ok = otlp_protobuf_point(&table->rows[i], start_us, now_us, out);
	return ok && (kind == METRIC_GAUGE || protobuf_varint(out, DATA_TEMPORALITY, OTLP_CUMULATIVE)) &&
		(kind != METRIC_COUNTER || protobuf_varint(out, DATA_MONOTONIC, true)) &&
		protobuf_end(out, fields[kind], begin);
}

static bool
otlp_protobuf_metric(MetricTable *table, size_t first, int64_t start_us, int64_t now_us, Buf *out)
{
	const Metric *metric = &table->rows[first];
	const size_t begin = out->len;

	return protobuf_text(out, METRIC_NAME, metric->name) &&
		otlp_protobuf_some(out, METRIC_DESCRIPTION, metric->help) &&
		protobuf_text(out, METRIC_UNIT, metric->unit[0] != '\0' ? metric->unit : "1") &&
		otlp_protobuf_data(table, first, start_us, now_us, out) &&
		protobuf_end(out, SCOPES_ITEMS, begin);
}

static bool
otlp_protobuf_metrics(const char *service, MetricTable *table, int64_t start_us, int64_t now_us,
					  Buf *out)
{
	const size_t request = out->len;
	size_t		scopes;
	bool		ok = otlp_protobuf_open(service, out, &scopes);

	for (size_t i = 0; ok && i < atomic_load(&table->n); i++)
		if (metrics_begins(table, i))
			ok = otlp_protobuf_metric(table, i, start_us, now_us, out);
	return ok && otlp_protobuf_close(out, request, scopes);
}

const OtlpForm otlp_protobuf = {
	"http/protobuf", "Content-Type: application/x-protobuf", otlp_protobuf_span, otlp_protobuf_spans,
	otlp_protobuf_metrics
};
