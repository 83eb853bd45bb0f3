/*
 * relay.c: the relay's loop.
 *
 * One round: read a batch, deliver each tenant's events in order up to the first that the sink does
 * not take, flush the sink, move the cursors of what was delivered.  A relay that dies in between
 * delivers some events again, and never leaves one out.
 *
 * A tenant whose event is refused holds up nobody but itself: it is tried again in the next round,
 * which comes after a growing delay when the round delivered nothing at all.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/relay.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/ready.h"
#include "common/sigs.h"
#include "common/telemetry.h"
#include "relay/feed.h"
#include "relay/relay_metrics.h"
#include "relay/sink_file.h"
#include "relay/spans.h"
#include "relay/ticker.h"

#define RELAY_FIRST_RETRY_MS 500
#define RELAY_LAST_RETRY_MS 60000

typedef struct Relay
{
	const RelaySettings *settings;
	Session		session;
	Sink	   *sink;			/* NULL: only the threads work */
	Ticker	   *ticker;
	Webhooks   *webhooks;
	Spans	   *spans;
	Backoff		backoff;
	int			signals_fd;
	bool		stopping;
	bool		announced;
} Relay;

/* What a round came to. */
typedef struct RelayRound
{
	int			read;
	int			delivered;
	bool		failed;
} RelayRound;

static void
relay_signal(Relay *relay, int signal_number)
{
	Failure		failure;

	if (signal_number == SIGTERM || signal_number == SIGINT)
		relay->stopping = true;
	else if (signal_number == SIGHUP && relay->sink != NULL &&
			 !sink_reopen(relay->sink, &failure))
		log_error("the sink could not be opened again", log_text("reason", failure.message));
}

/* Delivers the events of one tenant from row on; *last is the last one delivered, or -1. */
static int
relay_tenant(Relay *relay, const PGresult *batch, int row, int *last, RelayRound *round)
{
	const char *tenant = feed_event(batch, row).tenant_id;
	bool		going = true;
	Failure		failure;

	*last = -1;
	for (; row < PQntuples(batch) && strcmp(feed_event(batch, row).tenant_id, tenant) == 0; row++)
	{
		FeedEvent	event = feed_event(batch, row);

		relay_signal(relay, sigs_next(relay->signals_fd));
		going = going && !relay->stopping;
		if (going && !sink_deliver(relay->sink, event.json, strlen(event.json), &failure))
		{
			log_warn("an event was not delivered", log_text("tenant_id", event.tenant_id),
					 log_text("idx", event.idx), log_text("reason", failure.message));
			going = false;
			round->failed = true;
		}
		if (going)
			*last = row;
		round->delivered += going;
	}
	return row;
}

/* Makes sure that the tenant's events up to row last are safe, then moves its cursor. */
static void
relay_settle(Relay *relay, const PGresult *batch, int last, RelayRound *round)
{
	FeedEvent	event;
	Failure		failure;

	if (last < 0)
		return;
	event = feed_event(batch, last);
	if (!sink_flush(relay->sink, &failure))
	{
		log_error("the sink could not be flushed", log_text("reason", failure.message));
		round->failed = true;
	}
	else if (!feed_commit(&relay->session, relay->settings->name, &event))
		round->failed = true;
}

static RelayRound
relay_round(Relay *relay)
{
	RelayRound	round = {0};
	PGresult   *batch;

	if (!session_ready(&relay->session) ||
		(batch = feed_read(&relay->session, relay->settings->name,
						   relay->settings->batch)) == NULL)
	{
		round.failed = true;
		return round;
	}
	if (!relay->announced)
		ready_line("portarium-relay", relay->settings->name);
	relay->announced = true;

	round.read = PQntuples(batch);
	for (int row = 0; row < round.read && relay->session.conn != NULL;)
	{
		int			last;

		row = relay_tenant(relay, batch, row, &last, &round);
		relay_settle(relay, batch, last, &round);
	}
	PQclear(batch);
	return round;
}

/* Waits as long as the round deserves. */
static void
relay_pause(Relay *relay, const RelayRound *round)
{
	int			pause_ms = relay->settings->interval_ms;

	if (round->delivered > 0 || !round->failed)
		backoff_reset(&relay->backoff);
	else
		pause_ms = backoff_next(&relay->backoff);
	if (round->delivered > 0 && !round->failed)
		pause_ms = 0;
	relay_signal(relay, sigs_wait(relay->signals_fd, pause_ms));
}

/* True when everything that was there to deliver is delivered (once), or a signal came. */
static bool
relay_loop(Relay *relay)
{
	while (!relay->stopping)
	{
		RelayRound	round = relay_round(relay);

		if (relay->settings->once && (round.failed || round.read == 0))
			return !round.failed;
		relay_pause(relay, &round);
	}
	return true;
}

/* Without a sink the threads have all the work. */
static void
relay_idle(Relay *relay)
{
	ready_line("portarium-relay", relay->settings->name);
	while (!relay->stopping)
		relay_signal(relay, sigs_wait(relay->signals_fd, -1));
}

static bool
relay_open(Relay *relay, Failure *failure)
{
	const RelaySettings *settings = relay->settings;

	session_init(&relay->session, &settings->target, "events");
	backoff_init(&relay->backoff, RELAY_FIRST_RETRY_MS, RELAY_LAST_RETRY_MS);
	failure_set(failure, "out of memory");
	if (!relay_metrics_tenants(settings->metrics_tenants))
		return false;
	relay->signals_fd = sigs_open(false, failure);
	if (relay->signals_fd < 0 ||
		!telemetry_start("portarium-relay", &settings->telemetry, relay_metrics(), failure))
		return false;
	if (settings->file != NULL)
		relay->sink = sink_file_open(settings->file, failure);
	else if (settings->http.url != NULL)
		relay->sink = sink_http_open(&settings->http, failure);
	else if (settings->kafka.target != NULL)
		relay->sink = sink_kafka_open(&settings->kafka, failure);
	else if (settings->nats.target.servers != NULL)
		relay->sink = sink_nats_open(&settings->nats, failure);
	if (relay->sink == NULL && conf_value(settings->conf, "RELAY_SINK")[0] != '\0')
		return false;
	if (settings->calls_webhooks &&
		(relay->webhooks = webhooks_start(&settings->target, &settings->webhooks, failure)) == NULL)
		return false;
	if (settings->exports_runs &&
		(relay->spans = spans_start(&settings->target, settings->interval_ms, failure)) == NULL)
		return false;
	if (settings->tick)
		relay->ticker = ticker_start(&settings->target, failure);
	return !settings->tick || relay->ticker != NULL;
}

bool
relay_run(const RelaySettings *settings, Failure *failure)
{
	Relay		relay = {.settings = settings, .signals_fd = -1};
	bool		ok = relay_open(&relay, failure);

	if (ok && relay.sink != NULL)
	{
		ok = relay_loop(&relay);
		failure_set(failure, "some events could not be delivered");
	}
	else if (ok)
		relay_idle(&relay);

	ticker_stop(relay.ticker);
	webhooks_stop(relay.webhooks);
	spans_stop(relay.spans);
	sink_close(relay.sink);
	session_close(&relay.session);
	if (relay.signals_fd >= 0)
		(void) close(relay.signals_fd);
	telemetry_stop();
	return ok;
}
