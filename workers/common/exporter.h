/*
 * exporter.h: sends spans and metrics to an OTLP/HTTP collector, beside the work.
 *
 * A program has one exporter, as it has one log.  exporter_span only appends to a buffer; a thread
 * sends it.  Nothing ever waits for the collector: when the buffer is full, spans are dropped and
 * counted.  Without an endpoint everything here does nothing.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_EXPORTER_H
#define COMMON_EXPORTER_H

#include "common/metrics.h"
#include "common/otlp.h"
#include "common/trace.h"

#define EXPORTER_TEXT_MAX (4 * 1024 * 1024)

/*
 * endpoint: the collector's base URL, "" or NULL for none.  The strings must stay valid.  Signals
 * must be blocked already.
 */
extern bool exporter_start(const char *service, const char *endpoint, const OtlpForm *form,
						   Failure *failure) MUST_CHECK;

/*
 * Has these sent too, every ten seconds; the table must stay valid.  The series of
 * "portarium.telemetry.spans" in it count what was sent and what was dropped.
 */
extern void exporter_metrics(MetricTable *metrics);

/* Sends what is left, for at most a second or two. */
extern void exporter_stop(void);

/* True when there is an endpoint. */
extern bool exporter_is_on(void);

/* Takes a span whose trace is sampled; the strings are copied. */
extern void exporter_span(const OtlpSpan *span);

/*
 * For spans that must not be lost: writes them, as otlp.h has it; sends what was written, so many, and
 * waits for the collector, in the caller's thread.  False when it did not take them.
 */
extern bool exporter_write(const OtlpSpan *span, Buf *out) MUST_CHECK;
extern bool exporter_send_now(const Buf *spans, int count) MUST_CHECK;

#endif							/* COMMON_EXPORTER_H */
