/*
 * notary_metrics.c: what the notary counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/notary_metrics.h"

#include "common/clock.h"
#include "common/telemetry.h"

#define ROUND(outcome_) \
	{.name = "portarium.notary.rounds", .kind = METRIC_COUNTER, .unit = "", \
	 .help = "Looks for something to sign.", .labels = {{"outcome", outcome_}}}
#define STORE(outcome_) \
	{.name = "portarium.notary.store.checks", .kind = METRIC_COUNTER, .unit = "", \
	 .help = "Probes and audits of the store.", .labels = {{"outcome", outcome_}}}

enum
{
	ROUND_SIGNED,
	ROUND_IDLE,
	ROUND_FAILED,
	ROUND_REFUSED,
	STORE_HELD,
	STORE_FAILED,
	SIGN_DURATION,
	SIGNED_SIZE,
	SIGNED_AT
};

static Metric rows[] = {
	[ROUND_SIGNED] = ROUND("signed"),
	[ROUND_IDLE] = ROUND("idle"),
	[ROUND_FAILED] = ROUND("failed"),
	[ROUND_REFUSED] = ROUND("refused"),
	[STORE_HELD] = STORE("held"),
	[STORE_FAILED] = STORE("failed"),
	[SIGN_DURATION] = {.name = "portarium.notary.sign.duration", .kind = METRIC_HISTOGRAM, .unit = "s",
	.help = "Time that a round took that signed."},
	[SIGNED_SIZE] = {.name = "portarium.notary.signed.size", .kind = METRIC_GAUGE, .unit = "",
	.help = "Sealing rounds of tenants that the last checkpoint covers."},
	[SIGNED_AT] = {.name = "portarium.notary.signed.time", .kind = METRIC_GAUGE, .unit = "s",
	.help = "When the last checkpoint was signed, since the Unix epoch."},
	TELEMETRY_METRICS,
};

static MetricTable table = METRIC_TABLE(rows);

MetricTable *
notary_metrics(void)
{
	return &table;
}

void
notary_metrics_round(int64_t us, uint64_t signed_size)
{
	metrics_add(&rows[signed_size > 0 ? ROUND_SIGNED : ROUND_IDLE], 1);
	if (signed_size == 0)
		return;
	metrics_observe(&rows[SIGN_DURATION], us);
	metrics_set(&rows[SIGNED_SIZE], (int64_t) signed_size);
	metrics_set(&rows[SIGNED_AT], clock_wall_us() / 1000000);
}

void
notary_metrics_failed(bool refused)
{
	metrics_add(&rows[refused ? ROUND_REFUSED : ROUND_FAILED], 1);
}

void
notary_metrics_store(bool held)
{
	metrics_add(&rows[held ? STORE_HELD : STORE_FAILED], 1);
}
