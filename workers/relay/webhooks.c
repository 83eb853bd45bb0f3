/*
 * webhooks.c: delivering to the webhook subscriptions of all tenants.
 *
 * One turn: take subscriptions that are due for the free places, begin their deliveries, let curl
 * work until something happens, see to the deliveries whose requests are done.  Another look at the
 * database is due when a delivery has ended or the interval is over.  Memory is bounded by the
 * number of places.
 *
 * A lease ends after a turn, so that a long backlog does not keep others waiting.  Who did not take
 * its last events promptly is a suspect, and suspects get half of the places: subscribers that are
 * slow or dead, however many, hold up one another and nobody else.
 *
 * The thread owns all of it but `stopping`, which webhooks_stop sets before it wakes curl.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/webhooks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

#define WEBHOOKS_SPARE_MS 2000	/* of a lease, for the database */
#define WEBHOOKS_TURN_MS 250	/* no request of a lease begins later */

struct Webhooks
{
	const WebhookSettings *settings;
	Session		session;
	CURLM	   *multi;
	Delivery   *places;
	int64_t		look_ms;		/* when the next look is due */
	pthread_t	thread;
	atomic_bool stopping;
};

/* Performs a delivery's call; what curl will not take is dropped, and its lease ends by itself. */
static void
webhooks_perform(Webhooks *webhooks, Delivery *delivery)
{
	if (curl_multi_add_handle(webhooks->multi, delivery->call.easy) == CURLM_OK)
		return;
	log_error("a request could not be started", log_text("subscription", delivery->lease.name));
	delivery_drop(delivery);
}

static Delivery *
webhooks_free_place(Webhooks *webhooks)
{
	Delivery   *place = webhooks->places;

	while (place->busy)
		place++;
	return place;
}

/* How many places are free, and how many of them suspects may have. */
static int
webhooks_free_places(const Webhooks *webhooks, int *suspects)
{
	int			all = webhooks->settings->deliveries;
	int			left = all;

	*suspects = (all + 1) / 2;
	for (int i = 0; i < all; i++)
	{
		left -= webhooks->places[i].busy;
		*suspects -= webhooks->places[i].busy && webhooks->places[i].lease.suspect;
	}
	return left;
}

/* Takes what is due; a lease is long enough for its last request and another one that time out. */
static void
webhooks_look(Webhooks *webhooks)
{
	const WebhookSettings *settings = webhooks->settings;
	int			timeout_ms = settings->rules.hook.timeout_ms;
	int			turn_ms = timeout_ms < WEBHOOKS_TURN_MS ? timeout_ms : WEBHOOKS_TURN_MS;
	int64_t		now_ms = clock_ms();
	int			suspects;
	int			want = webhooks_free_places(webhooks, &suspects);
	PGresult   *taken;

	webhooks->look_ms = now_ms + settings->interval_ms;
	if (want == 0 || !session_ready(&webhooks->session) ||
		(taken = lease_take(&webhooks->session, want, 2 * timeout_ms + WEBHOOKS_SPARE_MS,
							suspects)) == NULL)
		return;
	for (int row = 0; row < PQntuples(taken) && webhooks->session.conn != NULL; row++)
	{
		Delivery   *place = webhooks_free_place(webhooks);

		if (delivery_begin(place, &settings->rules, &webhooks->session, taken, row,
						   now_ms + turn_ms))
			webhooks_perform(webhooks, place);
		else
			webhooks->look_ms = now_ms;
	}
	PQclear(taken);
}

static void
webhooks_done(Webhooks *webhooks, CURL *easy, CURLcode code)
{
	void	   *owner = NULL;

	(void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
	(void) curl_multi_remove_handle(webhooks->multi, easy);
	if (delivery_answered(owner, code))
		webhooks_perform(webhooks, owner);
	else
		webhooks->look_ms = clock_ms();
}

static void
webhooks_turn(Webhooks *webhooks)
{
	CURLMsg    *message;
	int			running;
	int			left;
	int64_t		wait_ms;

	if (clock_ms() >= webhooks->look_ms)
		webhooks_look(webhooks);
	(void) curl_multi_perform(webhooks->multi, &running);
	while ((message = curl_multi_info_read(webhooks->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			webhooks_done(webhooks, message->easy_handle, message->data.result);
	wait_ms = webhooks->look_ms - clock_ms();
	if (wait_ms > 0)
		(void) curl_multi_poll(webhooks->multi, NULL, 0, (int) wait_ms, NULL);
}

static void *
webhooks_main(void *argument)
{
	Webhooks   *webhooks = argument;

	while (!atomic_load(&webhooks->stopping))
		webhooks_turn(webhooks);
	return NULL;
}

static void
webhooks_free(Webhooks *webhooks)
{
	for (int i = 0; webhooks->places != NULL && i < webhooks->settings->deliveries; i++)
		if (webhooks->places[i].busy)
		{
			(void) curl_multi_remove_handle(webhooks->multi, webhooks->places[i].call.easy);
			delivery_drop(&webhooks->places[i]);
		}
	free(webhooks->places);
	(void) curl_multi_cleanup(webhooks->multi);
	session_close(&webhooks->session);
	free(webhooks);
	curl_global_cleanup();
}

Webhooks *
webhooks_start(const PgTarget *target, const WebhookSettings *settings, Failure *failure)
{
	Webhooks   *webhooks = calloc(1, sizeof(*webhooks));

	failure_set(failure, "could not start the webhooks");
	if (webhooks == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		free(webhooks);
		return NULL;
	}
	webhooks->settings = settings;
	session_init(&webhooks->session, target, "webhooks");
	webhooks->multi = curl_multi_init();
	webhooks->places = calloc((size_t) settings->deliveries, sizeof(Delivery));
	if (webhooks->multi != NULL && webhooks->places != NULL &&
		pthread_create(&webhooks->thread, NULL, webhooks_main, webhooks) == 0)
		return webhooks;
	webhooks_free(webhooks);
	return NULL;
}

void
webhooks_stop(Webhooks *webhooks)
{
	if (webhooks == NULL)
		return;
	atomic_store(&webhooks->stopping, true);
	(void) curl_multi_wakeup(webhooks->multi);
	(void) pthread_join(webhooks->thread, NULL);
	webhooks_free(webhooks);
}
