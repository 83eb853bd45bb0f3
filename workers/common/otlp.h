/*
 * otlp.h: spans and metrics as OTLP writes them, in either of the forms that its HTTP binding has.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_OTLP_H
#define COMMON_OTLP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/metrics.h"

#define OTLP_ATTRIBUTES 8
#define OTLP_NAMESPACE "portarium"
#define OTLP_ERROR 2			/* the status code of a span that failed */

typedef enum OtlpKind
{
	OTLP_INTERNAL = 1,			/* the numbers are the protocol's */
	OTLP_SERVER,
	OTLP_CLIENT,
	OTLP_PRODUCER
} OtlpKind;

/* A span that this one comes from without being in its trace. */
typedef struct OtlpLink
{
	char		trace_id[33];
	char		span_id[17];
} OtlpLink;

typedef struct OtlpAttribute
{
	const char *name;			/* NULL ends the list */
	const char *text;			/* NULL: the value is number */
	int64_t		number;
} OtlpAttribute;

typedef struct OtlpSpan
{
	const char *name;
	const char *trace_id;
	const char *span_id;
	const char *parent_id;		/* "": none */
	OtlpKind	kind;
	int64_t		start_us;		/* since the Unix epoch */
	int64_t		end_us;
	const char *error;			/* NULL: it went well */
	const char *state;			/* tracestate; NULL or "": none */
	const OtlpLink *links;
	size_t		n_links;
	OtlpAttribute attributes[OTLP_ATTRIBUTES];
} OtlpSpan;

/* How requests are written. */
typedef struct OtlpForm
{
	const char *protocol;		/* as OTEL_EXPORTER_OTLP_PROTOCOL names it */
	const char *header;			/* the content's type, as a header field */

	/* Appends a span to others, all or nothing. */
	bool		(*span) (const OtlpSpan *span, Buf *out);

	/* The request around such spans. */
	bool		(*spans) (const char *service, const Buf *spans, Buf *out);

	/* A request; start_us and now_us in microseconds since the Unix epoch. */
	bool		(*metrics) (const char *service, MetricTable *table, int64_t start_us,
							int64_t now_us, Buf *out);
} OtlpForm;

extern const OtlpForm otlp_json;
extern const OtlpForm otlp_protobuf;

/* By its protocol's name; NULL for any other. */
extern const OtlpForm *otlp_form(const char *protocol);

#endif							/* COMMON_OTLP_H */
