/*
 * keeper_metrics.c: what the keeper counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "keeper/keeper_metrics.h"

#include <string.h>

#include "common/clock.h"
#include "common/telemetry.h"

#define WORK(work_) \
	{.name = "portarium.keeper.tasks", .kind = METRIC_COUNTER, .unit = "", \
	 .help = "Things done about payloads.", .labels = {{"work", work_}}}
#define FAILED(outcome_) \
	{.name = "portarium.keeper.failures", .kind = METRIC_COUNTER, .unit = "", \
	 .help = "Rounds that failed; refused: something is not as it was left.", \
	 .labels = {{"outcome", outcome_}}}

enum
{
	WORK_FIRST,
	WORK_LAST = WORK_FIRST + 6,
	FAILURE_FAILED,
	FAILURE_REFUSED,
	INSPECTED_GOOD,
	INSPECTED_AT
};

static Metric rows[] = {
	WORK("store"),
	WORK("lock"),
	WORK("hold"),
	WORK("fetch"),
	WORK("shred"),
	WORK("remove"),
	WORK("forget"),
	[FAILURE_FAILED] = FAILED("failed"),
	[FAILURE_REFUSED] = FAILED("refused"),
	[INSPECTED_GOOD] = {.name = "portarium.keeper.inspected.good", .kind = METRIC_GAUGE, .unit = "",
	.help = "1: at the last inspection everything was as it was left."},
	[INSPECTED_AT] = {.name = "portarium.keeper.inspected.time", .kind = METRIC_GAUGE, .unit = "s",
	.help = "When the last inspection ended, since the Unix epoch."},
	TELEMETRY_METRICS,
};

static MetricTable table = METRIC_TABLE(rows);

MetricTable *
keeper_metrics(void)
{
	return &table;
}

void
keeper_metrics_done(const char *work)
{
	for (int i = WORK_FIRST; i <= WORK_LAST; i++)
	{
		if (strcmp(rows[i].labels[0].value, work) == 0)
			metrics_add(&rows[i], 1);
	}
}

void
keeper_metrics_failed(bool refused)
{
	metrics_add(&rows[refused ? FAILURE_REFUSED : FAILURE_FAILED], 1);
}

void
keeper_metrics_inspected(bool good)
{
	metrics_set(&rows[INSPECTED_GOOD], good);
	metrics_set(&rows[INSPECTED_AT], clock_wall_us() / 1000000);
}
