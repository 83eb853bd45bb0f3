/*
 * delivery.c: one leased subscription on its way.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "relay/relay_metrics.h"

#define DELIVERY_SECRET_MAX 512
#define DELIVERY_GONE 410

void
delivery_drop(Delivery *delivery)
{
	hook_call_close(&delivery->call);
	message_free(&delivery->message);
	PQclear(delivery->events);
	lease_free(&delivery->lease);
	secret_free(delivery->secret);
	memset(delivery, 0, sizeof(*delivery));
}

/* The subscriber's rate, as the time that so many requests take. */
static int
delivery_pause(const Delivery *delivery)
{
	if (delivery->lease.rate <= 0)
		return 0;
	return (int) ((int64_t) delivery->requests * 60000 / delivery->lease.rate);
}

/* Reports how far it came; always false, for the callers' sake. */
static bool
delivery_end(Delivery *delivery, const char *outcome, const char *reason, int wait_ms)
{
	int			pause_ms = delivery_pause(delivery);
	LeaseEnd	end = {
		.outcome = outcome, .reason = reason, .wait_ms = wait_ms > pause_ms ? wait_ms : pause_ms
	};

	if (PQntuples(delivery->events) > 0)
	{
		end.epoch = PQgetvalue(delivery->events, 0, 0);
		end.next_idx = strtoll(PQgetvalue(delivery->events, 0, 1), NULL, 10) + delivery->row;
	}
	if (reason != NULL)
		log_warn("a webhook was not delivered", log_text("tenant_id", delivery->lease.tenant_id),
				 log_text("subscription", delivery->lease.name), log_text("outcome", outcome),
				 log_text("reason", reason), log_number("failures", delivery->lease.failures + 1),
				 log_trace(delivery->trace.span.trace_id, delivery->trace.span.span_id));
	if (!lease_report(delivery->session, &delivery->lease, &end))
		log_warn("a lease ends unreported", log_text("subscription", delivery->lease.name));
	delivery_drop(delivery);
	return false;
}

static bool
delivery_wanted(const Delivery *delivery, int row)
{
	return !PQgetisnull(delivery->events, row, 2);
}

static const char *
delivery_event(const Delivery *delivery, int row)
{
	return PQgetvalue(delivery->events, row, 2);
}

/* Puts the next event into the message, or as many as a batch takes. */
static bool
delivery_fill(Delivery *delivery, Failure *failure)
{
	MessageMode mode = message_mode(delivery->lease.mode);
	int			row = delivery->row;
	int			last = row;

	if (mode != MESSAGE_BATCH)
	{
		delivery->behind = row + 1;
		return message_one(&delivery->message, mode, delivery_event(delivery, row), failure);
	}
	for (; row < PQntuples(delivery->events) && delivery->message.body.len < MESSAGE_BATCH_MAX; row++)
	{
		if (!delivery_wanted(delivery, row))
			continue;
		if (!message_batch_add(&delivery->message, delivery_event(delivery, row), failure))
			return false;
		last = row;
	}
	delivery->behind = last + 1;
	return message_batch_end(&delivery->message, failure);
}

static bool
delivery_sign(Delivery *delivery, Failure *failure)
{
	const Lease *lease = &delivery->lease;
	char		path[160];

	if (lease->credential == NULL)
		return true;
	failure_set(failure, "this relay has no credential directory");
	(void) snprintf(path, sizeof(path), "%s/%s", lease->tenant_id, lease->credential);
	if (delivery->secret == NULL && delivery->rules->credentials_fd >= 0)
		delivery->secret = secret_read(delivery->rules->credentials_fd, path, DELIVERY_SECRET_MAX,
									   failure);
	return delivery->secret != NULL &&
		message_sign(&delivery->message, delivery->secret, clock_wall_us() / 1000000, failure);
}

static bool
delivery_may_go_on(const Delivery *delivery)
{
	return clock_ms() < delivery->deadline_ms &&
		(delivery->lease.rate <= 0 || delivery->requests < delivery->lease.rate);
}

/* Sets the next request up; false when there is none. */
static bool
delivery_next(Delivery *delivery)
{
	Failure		failure;

	while (delivery->row < PQntuples(delivery->events) && !delivery_wanted(delivery, delivery->row))
		delivery->row++;
	if (delivery->row == PQntuples(delivery->events) || !delivery_may_go_on(delivery))
		return delivery_end(delivery, "delivered", NULL, 0);
	message_free(&delivery->message);
	message_init(&delivery->message);
	if (!delivery_fill(delivery, &failure) || !delivery_sign(delivery, &failure))
		return delivery_end(delivery, "failed", failure.message, 0);
	delivery->requests++;
	return (delivery_trace_begin(&delivery->trace, &delivery->message) &&
			hook_call_post(&delivery->call, &delivery->message)) ||
		delivery_end(delivery, "failed", "out of memory", 0);
}

static bool
delivery_asked(Delivery *delivery, const HookAnswer *answer)
{
	if (answer->reason[0] != '\0')
		return delivery_end(delivery, "failed", answer->reason, answer->retry_ms);
	if (!hook_call_agreed(&delivery->call))
		return delivery_end(delivery, "failed", "the subscriber does not agree to be called", 0);
	return delivery_end(delivery, "agreed", NULL, delivery->call.allowed_rate);
}

/* How many events the message holds. */
static int
delivery_carried(const Delivery *delivery)
{
	int			carried = 0;

	for (int row = delivery->row; row < delivery->behind; row++)
		carried += delivery_wanted(delivery, row);
	return carried;
}

bool
delivery_answered(Delivery *delivery, CURLcode code)
{
	HookAnswer	answer = hook_call_answer(&delivery->call, code);

	if (!delivery->asking)
		relay_metrics_delivery(answer.status == DELIVERY_GONE ? "gone" :
							   answer.reason[0] != '\0' ? "failed" : "delivered",
							   answer.reason[0] != '\0' ? 0 : delivery_carried(delivery));
	if (answer.status == DELIVERY_GONE)
		return delivery_end(delivery, "gone", answer.reason, 0);
	if (delivery->asking)
		return delivery_asked(delivery, &answer);
	delivery_trace_end(&delivery->trace, &delivery->message, delivery->lease.name, &answer);
	if (answer.reason[0] != '\0')
		return delivery_end(delivery, "failed", answer.reason, answer.retry_ms);
	delivery->row = delivery->behind;
	return delivery_next(delivery);
}

bool
delivery_begin(Delivery *delivery, const DeliveryRules *rules, Session *session,
			   const PGresult *taken, int row, int64_t deadline_ms)
{
	memset(delivery, 0, sizeof(*delivery));
	delivery->rules = rules;
	delivery->session = session;
	delivery->deadline_ms = deadline_ms;
	message_init(&delivery->message);
	if (!lease_copy(&delivery->lease, taken, row) ||
		!hook_call_open(&delivery->call, &rules->hook, delivery->lease.url, delivery))
	{
		delivery_drop(delivery);
		return false;
	}
	delivery->busy = true;
	delivery->asking = !delivery->lease.agreed;
	if (delivery->asking)
		return hook_call_ask(&delivery->call) || delivery_end(delivery, "failed", "out of memory", 0);
	/* what was refused goes alone, so that one event does not doom a batch */
	delivery->events = lease_events(session, &delivery->lease,
									delivery->lease.failures > 0 ? 1 : rules->batch);
	if (PQntuples(delivery->events) > 0)
		return delivery_next(delivery);
	delivery_drop(delivery);
	return false;
}
