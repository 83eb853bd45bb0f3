/*
 * test_otlp.c: OTLP as protocol buffers, to the byte as OpenTelemetry's own Python classes write it.
 *
 * The vectors are requests of two spans and of three metrics; opentelemetry-proto 1.27.0 made them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "common/hex.h"
#include "common/otlp.h"

#define TEXT_MAX 2048

static const char spans_vector[] =
	"0a94030a580a200a11736572766963652e6e616d657370616365120b0a09706f7274617269756d0a190a0f7365727669"
	"63652e76657273696f6e12060a04746573740a190a0c736572766963652e6e616d6512090a077365727669636512b702"
	"0a0b0a09706f7274617269756d1292010a104bf92f3577b34da6a3ce929d0e0e4736120800f067aa0ba902b71a03613d"
	"312208b7ad6b71692033312a02c3a4300339e803000000000000410000f323845bd7184a0a0a047465787412020a004a"
	"150a066e756d626572120b18f9ffffffffffffffff016a1c0a100af7651916cd43dd8448eb211c80319c1208b7ad6b71"
	"692033317a0c1208487474702e35303318021292010a104bf92f3577b34da6a3ce929d0e0e4736120800f067aa0ba902"
	"b71a03613d312208b7ad6b71692033312a02c3a4300339e803000000000000410000f323845bd7184a0a0a0474657874"
	"12020a004a150a066e756d626572120b18f9ffffffffffffffff016a1c0a100af7651916cd43dd8448eb211c80319c12"
	"08b7ad6b71692033317a0c1208487474702e3530331802";

static const char metrics_vector[] =
	"0afd030a580a200a11736572766963652e6e616d657370616365120b0a09706f7274617269756d0a190a0f7365727669"
	"63652e76657273696f6e12060a04746573740a190a0c736572766963652e6e616d6512090a077365727669636512a003"
	"0a0b0a09706f7274617269756d12b0020a03612e621202412e1a01734aa1020a9c0211e80300000000000019d0070000"
	"000000002102000000000000002954e41071732ac93e3278010000000000000001000000000000000000000000000000"
	"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"3a708dedb5a0f7c6b03e8dedb5a0f7c6c03e000000000000000000000000000000000000000000000000000000000000"
	"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000004a0a0a03782e7912030a0131100212310a046c61737412024c2e1a024279"
	"3a210a1b11e80300000000000019d00700000000000031070000000000000010021801122b0a036e6f7712024e2e1a01"
	"312a1d0a1b11e80300000000000019d00700000000000031ffffffffffffffff";

static const OtlpLink link = {"0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"};
static const OtlpSpan span = {
	.name = "\303\244", .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", .span_id = "00f067aa0ba902b7",
	.parent_id = "b7ad6b7169203331", .kind = OTLP_CLIENT, .start_us = 1, .end_us = INT64_C(1790000000000000),
	.error = "Http.503", .state = "a=1", .links = &link, .n_links = 1,
	.attributes = {{"text", "", 0}, {"number", NULL, -7}},
};

static bool
is_vector(const Buf *bytes, const char *vector)
{
	char		text[2 * TEXT_MAX + 1];

	if (bytes->len > TEXT_MAX)
		return false;
	hex_encode(bytes->data, bytes->len, text);
	return strcmp(text, vector) == 0;
}

static void
test_spans(void)
{
	Buf			spans;
	Buf			request;

	buf_init(&spans, TEXT_MAX);
	buf_init(&request, TEXT_MAX);
	CHECK("two spans", otlp_protobuf.span(&span, &spans) && otlp_protobuf.span(&span, &spans));
	CHECK("a request", otlp_protobuf.spans("service", &spans, &request));
	CHECK("to the byte", is_vector(&request, spans_vector));
	buf_free(&spans);
	buf_free(&request);
}

/* What does not fit leaves whole spans only. */
static void
test_full(void)
{
	OtlpSpan	bad = span;
	Buf			spans;
	size_t		one;
	size_t		count = 1;

	buf_init(&spans, 1000);
	CHECK("the first", otlp_protobuf.span(&span, &spans));
	one = spans.len;
	while (otlp_protobuf.span(&span, &spans))
		count++;
	CHECK("as many as fit", count == 1000 / one && spans.len == count * one);
	CHECK("no longer one", spans.max - spans.len < one);
	buf_reset(&spans);
	bad.span_id = "none";
	CHECK("nor one without an id", !otlp_protobuf.span(&bad, &spans) && spans.len == 0);
	buf_free(&spans);
}

/* Wherever the room ends, a request is whole or said to be none. */
static void
test_short(void)
{
	const size_t needed = sizeof(spans_vector) / 2;
	Buf			spans;

	buf_init(&spans, TEXT_MAX);
	CHECK("two spans", otlp_protobuf.span(&span, &spans) && otlp_protobuf.span(&span, &spans));
	for (size_t max = 0; max <= needed; max++)
	{
		Buf			request;

		buf_init(&request, max);
		CHECK("whole or not", otlp_protobuf.spans("service", &spans, &request) == (max == needed));
		buf_free(&request);
	}
	buf_free(&spans);
}

static void
test_metrics(void)
{
	static const MetricBound bounds[METRIC_BUCKETS] = {{1, "0.000001"}, {2, "0.000002"}};
	Metric		rows[] = {
		{.name = "a.b", .kind = METRIC_HISTOGRAM, .unit = "s", .help = "A.", .labels = {{"x.y", "1"}}, .bounds = bounds},
		{.name = "last", .kind = METRIC_COUNTER, .unit = "By", .help = "L."},
		{.name = "now", .kind = METRIC_GAUGE, .unit = "", .help = "N."},
	};
	MetricTable table = METRIC_TABLE(rows);
	Buf			request;

	metrics_observe(&rows[0], 1);
	metrics_observe(&rows[0], 2);
	metrics_add(&rows[1], 7);
	metrics_set(&rows[2], -1);
	buf_init(&request, TEXT_MAX);
	CHECK("metrics", otlp_protobuf.metrics("service", &table, 1, 2, &request));
	CHECK("to the byte", is_vector(&request, metrics_vector));
	buf_free(&request);
}

static void
test_forms(void)
{
	CHECK("protocol buffers", otlp_form("http/protobuf") == &otlp_protobuf);
	CHECK("JSON", otlp_form("http/json") == &otlp_json);
	CHECK("gRPC is none of ours", otlp_form("grpc") == NULL && otlp_form("") == NULL);
}

int
main(void)
{
	test_spans();
	test_full();
	test_short();
	test_metrics();
	test_forms();
	return check_close();
}
