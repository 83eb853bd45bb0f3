/*
 * otlp.h: spans and metrics as OTLP writes them in JSON.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_OTLP_H
#define COMMON_OTLP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

#define OTLP_ATTRIBUTES 8

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

/* Appends a span, behind a comma when something is there already; all or nothing. */
extern bool otlp_span(const OtlpSpan *span, Buf *out) MUST_CHECK;

/* The request around such spans. */
extern bool otlp_spans(const char *service, const Buf *spans, Buf *out) MUST_CHECK;

#endif							/* COMMON_OTLP_H */
