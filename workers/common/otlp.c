/*
 * otlp.c: spans as OTLP writes them in JSON.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/otlp.h"

#include <inttypes.h>
#include <string.h>

#define OTLP_ERROR 2			/* the status code of a span that failed */

static bool
otlp_string(Buf *out, const char *text)
{
	return buf_json_string(out, text, strlen(text));
}

static bool
otlp_attribute(const OtlpAttribute *attribute, bool first, Buf *out)
{
	if (!buf_text(out, first ? "{\"key\":" : ",{\"key\":") || !otlp_string(out, attribute->name))
		return false;
	if (attribute->text == NULL)
		return buf_printf(out, ",\"value\":{\"intValue\":\"%" PRId64 "\"}}", attribute->number);
	return buf_text(out, ",\"value\":{\"stringValue\":") && otlp_string(out, attribute->text) &&
		buf_text(out, "}}");
}

static bool
otlp_status(const char *error, Buf *out)
{
	if (error == NULL)
		return buf_char(out, '}');
	return buf_printf(out, ",\"status\":{\"code\":%d,\"message\":", OTLP_ERROR) &&
		otlp_string(out, error) && buf_text(out, "}}");
}

static bool
otlp_links(const OtlpSpan *span, Buf *out)
{
	bool		ok = span->n_links == 0 || buf_text(out, ",\"links\":[");

	for (size_t i = 0; ok && i < span->n_links; i++)
		ok = buf_printf(out, "%s{\"traceId\":\"%s\",\"spanId\":\"%s\"}", i > 0 ? "," : "",
						span->links[i].trace_id, span->links[i].span_id);
	return ok && (span->n_links == 0 || buf_char(out, ']'));
}

static bool
otlp_state(const char *state, Buf *out)
{
	return state == NULL || state[0] == '\0' ||
		(buf_text(out, ",\"traceState\":") && otlp_string(out, state));
}

static bool
otlp_span_text(const OtlpSpan *span, Buf *out)
{
	bool		ok = buf_printf(out, "%s{\"traceId\":\"%s\",\"spanId\":\"%s\",\"parentSpanId\":\"%s\","
								"\"kind\":%d,\"startTimeUnixNano\":\"%" PRId64 "000\","
								"\"endTimeUnixNano\":\"%" PRId64 "000\",\"name\":",
								out->len > 0 ? "," : "", span->trace_id, span->span_id,
								span->parent_id, span->kind, span->start_us, span->end_us) &&
		otlp_string(out, span->name) && buf_text(out, ",\"attributes\":[");

	for (int i = 0; ok && i < OTLP_ATTRIBUTES && span->attributes[i].name != NULL; i++)
		ok = otlp_attribute(&span->attributes[i], i == 0, out);
	return ok && buf_char(out, ']') && otlp_state(span->state, out) && otlp_links(span, out) &&
		otlp_status(span->error, out);
}

bool
otlp_span(const OtlpSpan *span, Buf *out)
{
	size_t		before = out->len;

	if (otlp_span_text(span, out))
		return true;
	buf_truncate(out, before);
	return false;
}

bool
otlp_spans(const char *service, const Buf *spans, Buf *out)
{
	return buf_text(out, "{\"resourceSpans\":[{\"resource\":{\"attributes\":["
					"{\"key\":\"service.namespace\",\"value\":{\"stringValue\":\"portarium\"}},"
					"{\"key\":\"service.version\",\"value\":{\"stringValue\":\"" PORTARIUM_VERSION "\"}},"
					"{\"key\":\"service.name\",\"value\":{\"stringValue\":") &&
		otlp_string(out, service) &&
		buf_text(out, "}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"portarium\"},\"spans\":[") &&
		buf_append(out, spans->data, spans->len) && buf_text(out, "]}]}]}");
}
