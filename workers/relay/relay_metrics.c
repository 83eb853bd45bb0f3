/*
 * relay_metrics.c: what the relay counts.
 *
 * Where tenants have series of their own, what is theirs is counted there and not in the common
 * series, so that a sum over all series is right either way.  Only the thread of spans makes some.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/relay_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/telemetry.h"

#define ENDED(what_, outcome_, help_) \
	{.name = "portarium." what_ ".duration", .kind = METRIC_HISTOGRAM, .unit = "s", .help = (help_), \
	 .labels = {{"outcome", outcome_}}}
#define RUN "Time from the start of a run to its end."
#define ACTION "Time from asking for an action to its outcome."
#define APPROVAL "Time that an approval was waited for."
#define SEAL "Time from a run's last entry until it was sealed."
#define START "Runs that began."
#define POLICY "Verdicts of the policies over an action."
#define COUNT(name_, label_, value_, help_) \
	{.name = "portarium." name_, .kind = METRIC_COUNTER, .unit = "", .help = (help_), \
	 .labels = {{label_, value_}}}
#define LEVEL(name_, unit_, help_) \
	{.name = "portarium." name_, .kind = METRIC_GAUGE, .unit = (unit_), .help = (help_)}

static Metric rows[] = {
	ENDED("run", "succeeded", RUN),
	ENDED("run", "failed", RUN),
	ENDED("run", "timed_out", RUN),
	ENDED("run", "aborted", RUN),
	ENDED("action", "succeeded", ACTION),
	ENDED("action", "failed", ACTION),
	ENDED("action", "timed_out", ACTION),
	ENDED("action", "unknown", ACTION),
	ENDED("action", "lost", ACTION),
	ENDED("approval", "decided", APPROVAL),
	ENDED("approval", "expired", APPROVAL),
	ENDED("seal", "sealed", SEAL),
	COUNT("run.starts", "outcome", "started", START),
	COUNT("policy.evaluations", "outcome", "allow", POLICY),
	COUNT("policy.evaluations", "outcome", "approve", POLICY),
	COUNT("policy.evaluations", "outcome", "deny", POLICY),
	COUNT("event.deliveries", "outcome", "delivered", "Requests to webhook subscribers."),
	COUNT("event.deliveries", "outcome", "failed", "Requests to webhook subscribers."),
	COUNT("event.deliveries", "outcome", "gone", "Requests to webhook subscribers."),
	COUNT("event.delivered", NULL, NULL, "Events that webhook subscribers took."),
	TELEMETRY_METRICS,
	COUNT("clock.ticks", NULL, NULL, "Ticks of the clock in the database."),
	COUNT("clock.failures", NULL, NULL, "Ticks that failed."),
	{.name = "portarium.clock.busy", .kind = METRIC_COUNTER, .unit = "s", .help = "Time that ticks took."},
	LEVEL("clock.idle", "s", "Time since the last tick."),
	COUNT("clock.wakes", NULL, NULL, "Commits that made work."),
	LEVEL("jobs.ready", "", "Jobs that wait for an executor."),
	LEVEL("jobs.leased", "", "Jobs that executors are at."),
	LEVEL("timers.late", "s", "How late the oldest timer is."),
	LEVEL("horizon.age", "s", "How long somebody has kept dead rows from being removed."),
	LEVEL("runs.quarantined", "", "Runs that the clock could not move."),
	LEVEL("entries.unsealed", "", "Entries that have no index yet."),
	LEVEL("rounds.unsigned", "", "Sealing rounds that no checkpoint covers."),
	LEVEL("checkpoint.age", "s", "Time since the last signed checkpoint."),
	LEVEL("verifications.broken", "", "Tenants whose last verification had a finding."),
	LEVEL("verifications.late", "", "Tenants whose log was not verified for twice as long as it should be."),
	LEVEL("subscriptions.active", "", "Webhook subscriptions that are served."),
	LEVEL("subscriptions.gone", "", "Webhook subscriptions that were given up."),
	LEVEL("subscriptions.failing", "", "Webhook subscriptions that failed three times in a row or more."),
	LEVEL("subscriptions.behind", "", "Events that the slowest subscription has not got."),
	LEVEL("dead_letters", "", "Events that were set aside."),
};

static MetricTable table = METRIC_TABLE(rows);

/* The tenants that have series of their own, in no order. */
static struct
{
	char	  **ids;
	int			n;
	int			most;
}			tenants;

/* A tenant ends things in this many ways at most. */
#define TENANT_SERIES 16

bool
relay_metrics_tenants(int most)
{
	const size_t n = sizeof(rows) / sizeof(rows[0]);
	const size_t max = n + (size_t) most * TENANT_SERIES;
	Metric	   *larger;

	if (most == 0)
		return true;
	larger = calloc(max, sizeof(Metric));
	tenants.ids = calloc((size_t) most, sizeof(char *));
	if (larger == NULL || tenants.ids == NULL)
	{
		free(larger);
		return false;
	}
	memcpy(larger, rows, sizeof(rows));
	table.rows = larger;
	table.max = max;
	tenants.most = most;
	return true;
}

/* The tenant's id, kept; NULL when it has no series of its own. */
static const char *
relay_metrics_tenant(const char *id)
{
	for (int i = 0; i < tenants.n; i++)
		if (strcmp(tenants.ids[i], id) == 0)
			return tenants.ids[i];
	if (tenants.n == tenants.most || (tenants.ids[tenants.n] = strdup(id)) == NULL)
		return NULL;
	return tenants.ids[tenants.n++];
}

/* The series that counts for the tenant: its own, or the one of everybody. */
static Metric *
relay_metrics_of(Metric *common, const char *tenant)
{
	const char *id = relay_metrics_tenant(tenant);
	Metric	   *own = NULL;

	if (id != NULL)
		own = metrics_series(&table, &(Metric) {
			.name = common->name, .kind = common->kind, .unit = common->unit, .help = common->help,
			.labels = {{common->labels[0].name}, {"portarium.tenant.id"}},
		}, (const char *const[METRIC_LABELS]) {common->labels[0].value, id});
	return own != NULL ? own : common;
}

MetricTable *
relay_metrics(void)
{
	return &table;
}

void
relay_metrics_delivery(const char *outcome, int events)
{
	metrics_add(metrics_find(&table, "portarium.event.deliveries", outcome), 1);
	metrics_add(metrics_find(&table, "portarium.event.delivered", NULL), events);
}

void
relay_metrics_ended(const char *tenant, const char *what, const char *outcome, int64_t us)
{
	char		name[64];
	Metric	   *metric;

	if (strcmp(what, "start") == 0)
		(void) snprintf(name, sizeof(name), "portarium.run.starts");
	else
		(void) snprintf(name, sizeof(name), "portarium.%s.%s", what,
						strcmp(what, "policy") == 0 ? "evaluations" : "duration");
	metric = metrics_find(&table, name, outcome);
	if (metric == NULL)
		return;
	metric = relay_metrics_of(metric, tenant);
	if (metric->kind == METRIC_COUNTER)
		metrics_add(metric, 1);
	else
		metrics_observe(metric, us);
}

void
relay_metrics_level(const char *name, int64_t value)
{
	char		full[64];
	Metric	   *metric;

	(void) snprintf(full, sizeof(full), "portarium.%s", name);
	metric = metrics_find(&table, full, NULL);
	if (metric != NULL)
		metrics_set(metric, value);
}
