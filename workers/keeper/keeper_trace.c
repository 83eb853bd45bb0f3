/*
 * keeper_trace.c: the spans of what the keeper does.
 *
 * A failure is named by its code: its words may quote what somebody else wrote.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/keeper_trace.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/exporter.h"

KeeperTrace
keeper_trace_begin(void)
{
	KeeperTrace trace = {.since_us = clock_wall_us()};

	if (exporter_is_on())
		trace.span = trace_new(100);
	return trace;
}

void
keeper_trace_end(const KeeperTrace *trace, const char *work, const char *payload,
				 const Failure *failure)
{
	char		name[32];

	if (trace->span.trace_id[0] == '\0')
		return;
	(void) snprintf(name, sizeof(name), "payload %s", work);
	exporter_span(&(OtlpSpan) {
		.name = name,
		.trace_id = trace->span.trace_id,
		.span_id = trace->span.span_id,
		.parent_id = "",
		.state = trace->span.state,
		.kind = OTLP_INTERNAL,
		.start_us = trace->since_us,
		.end_us = clock_wall_us(),
		.error = failure == NULL ? NULL :
			failure->sqlstate[0] != '\0' ? failure->sqlstate : "failed",
		.attributes = {
			{payload[0] != '\0' ? "portarium.payload.id" : NULL, payload, 0},
		},
	});
}
