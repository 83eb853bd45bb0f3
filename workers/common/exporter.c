/*
 * exporter.c: sends spans and metrics to an OTLP/HTTP collector, beside the work.
 *
 * Two buffers: `queue` takes spans, under the lock; the thread swaps it for its own, empty one and
 * sends that without the lock.  A collector that says "later" (429, 502, 503, 504) or does not
 * answer gets the same spans again, after a growing pause, up to three times; then they are dropped
 * and counted, so that what is new has room.  Of the last request's time the end has a second, of
 * one that is under way then another.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/exporter.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"

#define EXPORTER_SEND_AT (256 * 1024)	/* sooner than the interval when so much is there */
#define EXPORTER_INTERVAL_MS 1000
#define EXPORTER_MEASURE_MS 10000
#define EXPORTER_TIMEOUT_MS 5000L
#define EXPORTER_LAST_TIMEOUT_MS 1000L
#define EXPORTER_TRIES 3
#define EXPORTER_URL_MAX 2048

typedef struct Exporter
{
	const char *service;
	const OtlpForm *form;
	char		url[EXPORTER_URL_MAX];	/* the base, with its slash */
	bool		on;
	atomic_bool stopping;
	atomic_llong stop_ms;		/* when what is under way is given up; once stopping */
	bool		complained;
	pthread_t	thread;
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t filled;
	MetricTable *metrics;
	Buf			queue;
	int			queued;
	Metric	   *sent;			/* set before there are spans */
	Metric	   *dropped;
} Exporter;

/* For a program without a table. */
static Metric exporter_counts[2];

static Exporter exporter = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER,
	.sent = &exporter_counts[0], .dropped = &exporter_counts[1]
};

static size_t
exporter_ignore(char *bytes, size_t size, size_t n, void *userdata)
{
	(void) bytes;
	(void) userdata;
	return size * n;
}

/* At the end a request that was begun before has as long as a new one. */
static int
exporter_gives_up(void *userdata, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	(void) userdata, (void) down_all, (void) down, (void) up_all, (void) up;
	return exporter.stopping && clock_ms() > exporter.stop_ms;
}

static bool
exporter_setup(CURL *easy, const char *url, const Buf *body, struct curl_slist *headers)
{
	return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->data) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) body->len) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
						 exporter.stopping ? EXPORTER_LAST_TIMEOUT_MS : EXPORTER_TIMEOUT_MS) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, exporter_gives_up) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, exporter_ignore) == CURLE_OK;
}

/* The HTTP status, 0 when there was no answer. */
static long
exporter_post(CURL *easy, const char *signal, const Buf *body)
{
	char		url[EXPORTER_URL_MAX + 32];
	struct curl_slist *headers = curl_slist_append(NULL, exporter.form->header);
	struct curl_slist *longer = curl_slist_append(headers, "Expect:");
	long		status = 0;

	(void) snprintf(url, sizeof(url), "%sv1/%s", exporter.url, signal);
	if (longer != NULL && exporter_setup(easy, url, body, longer) &&
		curl_easy_perform(easy) == CURLE_OK)
		(void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return status;
}

/* Waits for spans, the interval or the end; true while there is no end. */
static bool
exporter_wait(int pause_ms)
{
	struct timespec until;
	bool		going;

	(void) clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += pause_ms / 1000;
	until.tv_nsec += pause_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L)
	{
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&exporter.lock);
	if (!exporter.stopping && exporter.queue.len < EXPORTER_SEND_AT)
		(void) pthread_cond_timedwait(&exporter.filled, &exporter.lock, &until);
	going = !exporter.stopping;
	pthread_mutex_unlock(&exporter.lock);
	return going;
}

/* Sends spans until they are taken, refused, or have been tried often enough. */
static bool
exporter_send(CURL *easy, const Buf *spans)
{
	Buf			body;
	long		status = 0;

	buf_init(&body, EXPORTER_TEXT_MAX + 4096);
	for (int try = 0; try < EXPORTER_TRIES; try++)
	{
		buf_reset(&body);
		if (!exporter.form->spans(exporter.service, spans, &body))
			break;
		status = exporter_post(easy, "traces", &body);
		if (status != 0 && status != 429 && (status < 502 || status > 504))
			break;
		if (try + 1 < EXPORTER_TRIES && !exporter_wait(EXPORTER_INTERVAL_MS << try))
			break;
	}
	buf_free(&body);
	if ((status < 200 || status > 299) && !exporter.complained)
		log_warn("the collector takes no spans", log_text("url", exporter.url),
				 log_number("status", status));
	exporter.complained = status < 200 || status > 299;
	return !exporter.complained;
}

/* Takes what is queued and sends it. */
static void
exporter_turn(CURL *easy)
{
	Buf			spans;
	int			count;

	buf_init(&spans, EXPORTER_TEXT_MAX);
	pthread_mutex_lock(&exporter.lock);
	{
		Buf			taken = exporter.queue;

		exporter.queue = spans;
		spans = taken;
		count = exporter.queued;
		exporter.queued = 0;
	}
	pthread_mutex_unlock(&exporter.lock);
	if (count > 0)
		metrics_add(exporter_send(easy, &spans) ? exporter.sent : exporter.dropped, count);
	buf_free(&spans);
}

/* The metrics as they are now; what the collector does not take comes again with the next. */
static void
exporter_measure(CURL *easy, int64_t start_us)
{
	MetricTable *metrics;
	Buf			body;

	pthread_mutex_lock(&exporter.lock);
	metrics = exporter.metrics;
	pthread_mutex_unlock(&exporter.lock);
	if (metrics == NULL)
		return;
	buf_init(&body, EXPORTER_TEXT_MAX);
	if (exporter.form->metrics(exporter.service, metrics, start_us, clock_wall_us(), &body))
		(void) exporter_post(easy, "metrics", &body);
	buf_free(&body);
}

static void *
exporter_main(void *argument)
{
	const int64_t start_us = clock_wall_us();
	int64_t		measure_ms = clock_ms() + EXPORTER_MEASURE_MS;
	CURL	   *easy = curl_easy_init();

	if (easy == NULL)
	{
		log_error("nothing can be exported: out of memory");
		return argument;
	}
	while (exporter_wait(EXPORTER_INTERVAL_MS))
	{
		exporter_turn(easy);
		if (clock_ms() < measure_ms)
			continue;
		exporter_measure(easy, start_us);
		measure_ms = clock_ms() + EXPORTER_MEASURE_MS;
	}
	exporter_turn(easy);
	exporter_measure(easy, start_us);
	curl_easy_cleanup(easy);
	return argument;
}

bool
exporter_start(const char *service, const char *endpoint, const OtlpForm *form, Failure *failure)
{
	if (endpoint == NULL || endpoint[0] == '\0')
		return true;
	exporter.service = service;
	exporter.form = form;
	exporter.stopping = false;
	buf_init(&exporter.queue, EXPORTER_TEXT_MAX);
	failure_set(failure, "could not start the exporter of spans");
	if (strlen(endpoint) + sizeof("/") > sizeof(exporter.url) ||
		curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return false;
	(void) snprintf(exporter.url, sizeof(exporter.url), "%s%s", endpoint,
					endpoint[strlen(endpoint) - 1] == '/' ? "" : "/");
	exporter.on = pthread_create(&exporter.thread, NULL, exporter_main, NULL) == 0;
	return exporter.on;
}

void
exporter_metrics(MetricTable *metrics)
{
	Metric	   *sent = metrics_find(metrics, "portarium.telemetry.spans", "sent");
	Metric	   *dropped = metrics_find(metrics, "portarium.telemetry.spans", "dropped");

	pthread_mutex_lock(&exporter.lock);
	exporter.metrics = metrics;
	if (sent != NULL && dropped != NULL)
	{
		exporter.sent = sent;
		exporter.dropped = dropped;
	}
	pthread_mutex_unlock(&exporter.lock);
}

void
exporter_stop(void)
{
	if (!exporter.on)
		return;
	exporter.stop_ms = clock_ms() + EXPORTER_LAST_TIMEOUT_MS;
	pthread_mutex_lock(&exporter.lock);
	exporter.stopping = true;
	pthread_cond_signal(&exporter.filled);
	pthread_mutex_unlock(&exporter.lock);
	(void) pthread_join(exporter.thread, NULL);
	exporter.on = false;
	log_info("spans", log_number("sent", atomic_load(&exporter.sent->value)),
			 log_number("dropped", atomic_load(&exporter.dropped->value)));
	buf_free(&exporter.queue);
	curl_global_cleanup();
}

bool
exporter_is_on(void)
{
	return exporter.on;
}

bool
exporter_write(const OtlpSpan *span, Buf *out)
{
	return exporter.form->span(span, out);
}

void
exporter_span(const OtlpSpan *span)
{
	if (!exporter.on)
		return;
	pthread_mutex_lock(&exporter.lock);
	if (exporter_write(span, &exporter.queue))
		exporter.queued++;
	else
		metrics_add(exporter.dropped, 1);
	if (exporter.queue.len >= EXPORTER_SEND_AT)
		pthread_cond_signal(&exporter.filled);
	pthread_mutex_unlock(&exporter.lock);
}

bool
exporter_send_now(const Buf *spans, int count)
{
	CURL	   *easy = curl_easy_init();
	Buf			body;
	long		status = 0;

	if (easy == NULL)
		return false;
	buf_init(&body, EXPORTER_TEXT_MAX + 4096);
	if (exporter.form->spans(exporter.service, spans, &body))
		status = exporter_post(easy, "traces", &body);
	buf_free(&body);
	curl_easy_cleanup(easy);
	if (status < 200 || status > 299)
		return false;
	metrics_add(exporter.sent, count);
	return true;
}
