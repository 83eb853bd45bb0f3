/*
 * relay_metrics.c: what the relay counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/relay_metrics.h"

#include <stdio.h>
#include <string.h>

#include "common/exporter.h"

#define ENDED(what_, outcome_, help_) \
	{.name = "portarium." what_ ".duration", .kind = METRIC_HISTOGRAM, .unit = "s", .help = (help_), \
	 .label = "outcome", .label_value = (outcome_)}
#define RUN "Time from the start of a run to its end."
#define ACTION "Time from asking for an action to its outcome."
#define APPROVAL "Time that an approval was waited for."
#define SEAL "Time from a run's last entry until it was sealed."
#define POLICY "Verdicts of the policies over an action."
#define COUNT(name_, label_, value_, help_) \
	{.name = "portarium." name_, .kind = METRIC_COUNTER, .unit = "", .help = (help_), \
	 .label = (label_), .label_value = (value_)}
#define LEVEL(name_, unit_, help_) \
	{.name = "portarium." name_, .kind = METRIC_GAUGE, .unit = (unit_), .help = (help_)}

static Metric table[] = {
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
	COUNT("policy.evaluations", "outcome", "allow", POLICY),
	COUNT("policy.evaluations", "outcome", "approve", POLICY),
	COUNT("policy.evaluations", "outcome", "deny", POLICY),
	COUNT("event.deliveries", "outcome", "delivered", "Requests to webhook subscribers."),
	COUNT("event.deliveries", "outcome", "failed", "Requests to webhook subscribers."),
	COUNT("event.deliveries", "outcome", "gone", "Requests to webhook subscribers."),
	COUNT("event.delivered", NULL, NULL, "Events that webhook subscribers took."),
	COUNT("telemetry.spans", "outcome", "sent", "Spans handed to the collector."),
	COUNT("telemetry.spans", "outcome", "dropped", "Spans handed to the collector."),
	LEVEL("jobs.ready", "", "Jobs that wait for an executor."),
	LEVEL("jobs.leased", "", "Jobs that executors are at."),
	LEVEL("timers.late", "s", "How late the oldest timer is."),
	LEVEL("runs.quarantined", "", "Runs that the clock could not move."),
	LEVEL("entries.unsealed", "", "Entries that have no index yet."),
	LEVEL("rounds.unsigned", "", "Sealing rounds that no checkpoint covers."),
	LEVEL("checkpoint.age", "s", "Time since the last signed checkpoint."),
	LEVEL("subscriptions.active", "", "Webhook subscriptions that are served."),
	LEVEL("subscriptions.gone", "", "Webhook subscriptions that were given up."),
	LEVEL("subscriptions.failing", "", "Webhook subscriptions that failed three times in a row or more."),
	LEVEL("subscriptions.behind", "", "Events that the slowest subscription has not got."),
	LEVEL("dead_letters", "", "Events that were set aside."),
};

#define N_TABLE (sizeof(table) / sizeof(table[0]))

Metric *
relay_metrics(size_t *n)
{
	*n = N_TABLE;
	return table;
}

/* The series of this name and label; NULL when it is not counted. */
static Metric *
relay_metrics_find(const char *name, const char *label_value)
{
	for (size_t i = 0; i < N_TABLE; i++)
		if (strcmp(table[i].name, name) == 0 &&
			(label_value == NULL || strcmp(table[i].label_value, label_value) == 0))
			return &table[i];
	return NULL;
}

void
relay_metrics_delivery(const char *outcome, int events)
{
	metrics_add(relay_metrics_find("portarium.event.deliveries", outcome), 1);
	metrics_add(relay_metrics_find("portarium.event.delivered", NULL), events);
}

void
relay_metrics_ended(const char *what, const char *outcome, int64_t us)
{
	char		name[64];
	Metric	   *metric;

	(void) snprintf(name, sizeof(name), "portarium.%s.%s", what,
					strcmp(what, "policy") == 0 ? "evaluations" : "duration");
	metric = relay_metrics_find(name, outcome);
	if (metric != NULL && metric->kind == METRIC_COUNTER)
		metrics_add(metric, 1);
	else if (metric != NULL)
		metrics_observe(metric, us);
}

void
relay_metrics_level(const char *name, int64_t value)
{
	char		full[64];
	Metric	   *metric;

	(void) snprintf(full, sizeof(full), "portarium.%s", name);
	metric = relay_metrics_find(full, NULL);
	if (metric != NULL)
		metrics_set(metric, value);
}

void
relay_metrics_exporter(void)
{
	ExporterCounts counts = exporter_counts();

	metrics_set(relay_metrics_find("portarium.telemetry.spans", "sent"), counts.sent);
	metrics_set(relay_metrics_find("portarium.telemetry.spans", "dropped"), counts.dropped);
}
