/*
 * test_telemetry.c: trace contexts, spans and metrics as text.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "common/metrics.h"
#include "common/otlp.h"
#include "common/trace.h"

#define GOOD "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static void
test_trace(void)
{
	static const char *const bad[] = {
		"", "00", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
		"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	};
	Trace		trace;
	Trace		child;
	char		text[TRACE_TEXT_SIZE];

	CHECK("a trace context", trace_parse(&trace, GOOD, strlen(GOOD)) && trace.sampled);
	trace_text(&trace, text);
	CHECK("and back", strcmp(text, GOOD) == 0);
	child = trace_child(&trace);
	CHECK("a child is in the trace", strcmp(child.trace_id, trace.trace_id) == 0 &&
		  strcmp(child.span_id, trace.span_id) != 0 && strlen(child.span_id) == 16 && child.sampled);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		CHECK(bad[i], !trace_parse(&trace, bad[i], strlen(bad[i])));
		CHECK("leaves no trace", trace.trace_id[0] == '\0' && trace_child(&trace).trace_id[0] == '\0');
	}
}

/* What is carried along is carried as it is, or not at all. */
static void
test_state(void)
{
	static const char *const bad[] = {
		"", "a", "a=", "=1", "A=1", "-a=1", "a=1,", "a=1,,b=2", "a=b=c", "a=1\r", "a=\303\244", "a=1, ",
	};
	char		context[TRACE_CONTEXT_SIZE];
	char		longest[TRACE_STATE_MAX + 2];
	Trace		trace;

	CHECK("with a tracestate", trace_parse(&trace, GOOD " a=1, b@v=x y", strlen(GOOD " a=1, b@v=x y")));
	trace_context(&trace, context);
	CHECK("and back", strcmp(context, GOOD " a=1, b@v=x y") == 0);
	trace_add_state(&trace, "c=3", 3);
	CHECK("several are joined", strcmp(trace.state, "a=1, b@v=x y,c=3") == 0);
	CHECK("a child has it, too", strcmp(trace_child(&trace).state, trace.state) == 0);
	CHECK("nothing but a blank stands between", !trace_parse(&trace, GOOD ",a=1", strlen(GOOD ",a=1")));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		(void) snprintf(context, sizeof(context), "%s %s", GOOD, bad[i]);
		CHECK(bad[i], trace_parse(&trace, context, strlen(context)) && trace.state[0] == '\0');
	}
	memset(longest, 'a', sizeof(longest));
	longest[1] = '=';
	memset(&trace, 0, sizeof(trace));
	trace_add_state(&trace, longest, TRACE_STATE_MAX + 1);
	CHECK("too long", trace.state[0] == '\0');
	trace_add_state(&trace, longest, TRACE_STATE_MAX);
	CHECK("as long as may be", strlen(trace.state) == TRACE_STATE_MAX);
}

/* The decision follows from the id, so whoever knows the threshold comes to the same. */
static void
test_sampling(void)
{
	int			sampled = 0;
	char		digits[5] = "";
	Trace		trace = trace_new(100);

	CHECK("all", trace.sampled && trace.random && strcmp(trace.state, "ot=th:0") == 0);
	trace = trace_new(0);
	CHECK("none", !trace.sampled && trace.state[0] == '\0' && strlen(trace.trace_id) == 32);
	for (int i = 0; i < 1000; i++)
	{
		trace = trace_new(25);
		memcpy(digits, trace.trace_id + 18, 4);
		CHECK("as the id says", trace.sampled == (strcmp(digits, "c000") >= 0));
		CHECK("and names the threshold", strcmp(trace.state, trace.sampled ? "ot=th:c" : "") == 0);
		sampled += trace.sampled;
	}
	CHECK("about a quarter", sampled > 150 && sampled < 350);
}

static void
test_span(void)
{
	static const OtlpLink links[] = {{"t1", "s1"}, {"t2", "s2"}};
	const OtlpSpan span = {
		.name = "a \"name\"\n", .trace_id = "t", .span_id = "s", .parent_id = "", .kind = OTLP_CLIENT,
		.start_us = 1, .end_us = 2, .error = "Http.503", .state = "a=\"1\"", .links = links, .n_links = 2,
		.attributes = {{"text", "ä", 0}, {"number", NULL, -7}},
	};
	Buf			spans;
	Buf			request;
	json_t	   *parsed;

	buf_init(&spans, 1000);
	buf_init(&request, 10000);
	CHECK("two spans", otlp_json.span(&span, &spans) && otlp_json.span(&span, &spans));
	CHECK("a request around them", otlp_json.spans("service", &spans, &request));
	parsed = json_loads(request.data, JSON_REJECT_DUPLICATES, NULL);
	CHECK("is JSON", parsed != NULL);
	CHECK("with what is carried along", strstr(spans.data, "\"traceState\":\"a=\\\"1\\\"\"") != NULL);
	CHECK("and links", strstr(spans.data, "\"links\":[{\"traceId\":\"t1\",\"spanId\":\"s1\"},{\"traceId\":\"t2\"") != NULL);
	json_decref(parsed);
	while (otlp_json.span(&span, &spans))
		continue;
	buf_reset(&request);
	CHECK("a full buffer keeps whole spans only", otlp_json.spans("service", &spans, &request));
	parsed = json_loads(request.data, JSON_REJECT_DUPLICATES, NULL);
	CHECK("and is JSON still", parsed != NULL);
	json_decref(parsed);
	buf_free(&spans);
	buf_free(&request);
}

static void
test_metrics(void)
{
	Metric		rows[] = {
		{.name = "a.duration", .kind = METRIC_HISTOGRAM, .unit = "s", .help = "H.",
		.labels = {{"outcome", "good"}}},
		{.name = "a.duration", .kind = METRIC_HISTOGRAM, .unit = "s", .help = "H.",
		.labels = {{"outcome", "bad"}}},
		{.name = "b.things", .kind = METRIC_COUNTER, .unit = "", .help = "C."},
		{.name = "c.age", .kind = METRIC_GAUGE, .unit = "s", .help = "G."},
	};
	MetricTable table = METRIC_TABLE(rows);
	Buf			text;
	json_t	   *parsed;

	metrics_observe(&rows[0], 1000);
	metrics_observe(&rows[0], 1001);
	metrics_observe(&rows[0], INT64_C(4000000000));
	metrics_add(&rows[2], 3);
	metrics_set(&rows[3], -1);
	buf_init(&text, 100000);
	CHECK("as text", metrics_text(&table, &text));
	CHECK("one head for both series", strstr(text.data, "# TYPE a_duration_seconds histogram\n") ==
		  strstr(text.data, "# TYPE a_duration") && strstr(strstr(text.data, "# TYPE a_") + 1, "# TYPE a_") == NULL);
	CHECK("a bound belongs to its bucket",
		  strstr(text.data, "a_duration_seconds_bucket{outcome=\"good\",le=\"0.001\"} 1\n") != NULL);
	CHECK("buckets are cumulative",
		  strstr(text.data, "a_duration_seconds_bucket{outcome=\"good\",le=\"3600\"} 2\n") != NULL &&
		  strstr(text.data, "a_duration_seconds_bucket{outcome=\"good\",le=\"+Inf\"} 3\n") != NULL);
	CHECK("sum", strstr(text.data, "a_duration_seconds_sum{outcome=\"good\"} 4000.002001\n") != NULL);
	CHECK("counter", strstr(text.data, "\nb_things_total 3\n") != NULL);
	CHECK("gauge", strstr(text.data, "\nc_age_seconds -1\n") != NULL);
	buf_reset(&text);
	CHECK("as OTLP", otlp_json.metrics("service", &table, 1, 2, &text));
	parsed = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
	CHECK("is JSON", parsed != NULL);
	json_decref(parsed);
	buf_free(&text);
}

/* Series that come with what is counted: each once, beside those of their metric, as many as fit. */
static void
test_series(void)
{
	static const MetricBound bounds[METRIC_BUCKETS] = {{1, "0.000001"}, {2, "0.000002"}};
	const Metric like = {.name = "a.b", .kind = METRIC_HISTOGRAM, .unit = "s", .help = "A.",
	.labels = {{"x.y", ""}, {"z", ""}}, .bounds = bounds};
	Metric		rows[5] = {
		{.name = "a.b", .kind = METRIC_HISTOGRAM, .unit = "s", .help = "A.", .labels = {{"x.y", "all"}}},
		{.name = "last", .kind = METRIC_COUNTER, .unit = "By", .help = "L."},
	};
	MetricTable table = {rows, 2, 4};
	Metric	   *one = metrics_series(&table, &like, (const char *const[METRIC_LABELS]) {"1", "t"});
	Metric	   *other = metrics_series(&table, &like, (const char *const[METRIC_LABELS]) {"1", "u"});
	Buf			text;

	CHECK("two series", one != NULL && other != NULL && one != other);
	CHECK("found again", metrics_series(&table, &like, (const char *const[METRIC_LABELS]) {"1", "t"}) == one);
	CHECK("and no more than there is room for",
		  metrics_series(&table, &like, (const char *const[METRIC_LABELS]) {"2", "t"}) == NULL);
	CHECK("found by name", metrics_find(&table, "a.b", "all") == &rows[0] &&
		  metrics_find(&table, "last", "all") == NULL && metrics_find(&table, "none", NULL) == NULL);
	metrics_observe(other, 2);
	metrics_add(&rows[1], 7);
	buf_init(&text, 100000);
	CHECK("as text", metrics_text(&table, &text));
	CHECK("one head for what stands apart", strstr(text.data, "# TYPE a_b_seconds") != NULL &&
		  strstr(strstr(text.data, "# TYPE a_b_seconds") + 1, "# TYPE a_b_seconds") == NULL);
	CHECK("all of it before the next", strstr(text.data, "a_b_seconds_count{x_y=\"1\",z=\"u\"} 1\n") <
		  strstr(text.data, "last_bytes_total 7\n"));
	CHECK("with bounds of its own", strstr(text.data, "a_b_seconds_bucket{x_y=\"1\",z=\"u\",le=\"0.000001\"} 0\n") != NULL);
	buf_reset(&text);
	CHECK("as OTLP", otlp_json.metrics("service", &table, 1, 2, &text) &&
		  strstr(text.data, "{\"key\":\"x.y\",\"value\":{\"stringValue\":\"1\"}},{\"key\":\"z\"") != NULL);
	buf_free(&text);
}

int
main(void)
{
	test_trace();
	test_state();
	test_sampling();
	test_span();
	test_metrics();
	test_series();
	return check_close();
}
