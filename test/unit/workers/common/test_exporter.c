/*
 * test_exporter.c: whatever the collector does, nobody waits for it, and every span is counted.
 *
 * The collector is a thread that answers each request in the same way, when it is let, or never.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "common/clock.h"
#include "common/exporter.h"
#include "common/log.h"
#include "common/telemetry.h"

/* More than the exporter keeps. */
#define MANY 40000

typedef struct Collector
{
	int			fd;
	const char *answer;			/* NULL: none, ever */
	sem_t	   *let;			/* each answer takes one; NULL: at once */
	atomic_int	asked;
	atomic_int	requests;
	atomic_bool stopping;
	pthread_t	thread;
	char		url[64];
} Collector;

/* How it is spoken to. */
static const OtlpForm *form = &otlp_json;

static Metric rows[] = {TELEMETRY_METRICS};
static MetricTable table = METRIC_TABLE(rows);

/* Reads a request with a body to its end: the head says how long that is. */
static bool
read_request(int fd)
{
	static char bytes[1 << 20];
	size_t		len = 0;
	ssize_t		got;
	long		body = 0;
	char	   *end = NULL;

	while ((end == NULL || len < (size_t) (end + 4 - bytes) + (size_t) body) &&
		   (got = recv(fd, bytes + len, sizeof(bytes) - 1 - len, 0)) > 0)
	{
		len += (size_t) got;
		bytes[len] = '\0';
		if (end == NULL && (end = strstr(bytes, "\r\n\r\n")) != NULL)
			(void) sscanf(strstr(bytes, "Content-Length:"), "Content-Length: %ld", &body);
	}
	return end != NULL;
}

/* A request was read; waits until it may be answered. */
static bool
is_let(Collector *collector)
{
	collector->asked++;
	return collector->let == NULL || sem_wait(collector->let) == 0;
}

static void *
serve(void *argument)
{
	Collector  *collector = argument;
	int			fd;

	while ((fd = accept(collector->fd, NULL, NULL)) >= 0)
	{
		while (collector->answer != NULL && read_request(fd) && is_let(collector) &&
			   send(fd, collector->answer, strlen(collector->answer), MSG_NOSIGNAL) > 0)
			collector->requests++;
		/* one that never answers keeps the connection until the client gives up */
		if (collector->answer == NULL)
			while (read_request(fd))
				collector->requests++;
		(void) close(fd);
	}
	return NULL;
}

static void
collector_start(Collector *collector, const char *answer)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t	len = sizeof(address);

	memset(collector, 0, sizeof(*collector));
	collector->answer = answer;
	collector->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK("the collector listens", bind(collector->fd, (struct sockaddr *) &address, len) == 0 &&
		  listen(collector->fd, 8) == 0 &&
		  getsockname(collector->fd, (struct sockaddr *) &address, &len) == 0 &&
		  pthread_create(&collector->thread, NULL, serve, collector) == 0);
	(void) snprintf(collector->url, sizeof(collector->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
}

static void
collector_stop(Collector *collector)
{
	(void) shutdown(collector->fd, SHUT_RDWR);
	(void) pthread_join(collector->thread, NULL);
	(void) close(collector->fd);
}

static void
tell(int spans)
{
	for (int i = 0; i < spans; i++)
		exporter_span(&(OtlpSpan) {
			.name = "a span of a test, with a name that takes some room", .trace_id = "0af7651916cd43dd8448eb211c80319c",
			.span_id = "b7ad6b7169203331", .parent_id = "", .kind = OTLP_INTERNAL, .start_us = 1, .end_us = 2,
			.attributes = {{"an.attribute", "with a value that takes some room as well, as they do", 0}},
		});
}

/* So many spans to a collector at url; how many it took. */
static long long
sent_to(const char *url, int spans, long long *before_the_end)
{
	Failure		failure;
	long long	sent = atomic_load(&rows[0].value);
	long long	dropped = atomic_load(&rows[1].value);

	CHECK("starts", exporter_start("test", url, form, &failure) && exporter_is_on());
	exporter_metrics(&table);
	tell(spans);
	*before_the_end = atomic_load(&rows[1].value) - dropped;
	exporter_stop();
	CHECK("is off", !exporter_is_on());
	sent = atomic_load(&rows[0].value) - sent;
	dropped = atomic_load(&rows[1].value) - dropped;
	CHECK("each is sent or dropped", sent + dropped == spans);
	return sent;
}

static void
test_answers(void)
{
	static const struct
	{
		const char *name;
		const char *answer;
		long long	taken;
	}			cases[] = {
		{"takes them", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 10},
		{"refuses them", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 0},
		{"says later", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 0},
		{"talks garbage", "garbage\r\n\r\n", 0},
	};
	Collector	collector;
	long long	dropped;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		collector_start(&collector, cases[i].answer);
		CHECK(cases[i].name, sent_to(collector.url, 10, &dropped) == cases[i].taken);
		CHECK("it was asked", collector.requests > 0);
		collector_stop(&collector);
	}
}

static void
test_nobody(void)
{
	long long	dropped;
	Failure		failure;

	CHECK("nobody listens", sent_to("http://127.0.0.1:1", 10, &dropped) == 0);
	CHECK("no endpoint", exporter_start("test", "", &otlp_json, &failure) && !exporter_is_on());
	tell(1);
	exporter_stop();
}

/* It takes connections and never answers: more spans than there is room for are told all the same. */
static void
test_full(void)
{
	Collector	collector;
	long long	dropped;

	collector_start(&collector, NULL);
	CHECK("none was taken", sent_to(collector.url, MANY, &dropped) == 0);
	CHECK("what had no room was dropped at once", dropped > 0);
	collector_stop(&collector);
}

/* It answers well, but later than more spans are told: nobody waits for it, and nothing is dropped. */
static void
test_slow(void)
{
	Collector	collector;
	Failure		failure;
	sem_t		let;
	const long long sent = atomic_load(&rows[0].value);
	const long long dropped = atomic_load(&rows[1].value);

	collector_start(&collector, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
	CHECK("starts", sem_init(&let, 0, 0) == 0 && exporter_start("test", collector.url, &otlp_protobuf, &failure));
	collector.let = &let;
	exporter_metrics(&table);
	tell(10);
	for (int64_t end_ms = clock_ms() + 60000; collector.asked == 0 && clock_ms() < end_ms;)
		(void) sched_yield();
	tell(1000);
	CHECK("told while it keeps everybody waiting", atomic_load(&rows[0].value) == sent);
	for (int i = 0; i < 100; i++)
		(void) sem_post(&let);
	exporter_stop();
	CHECK("all are sent", atomic_load(&rows[0].value) == sent + 1010);
	CHECK("none is dropped", atomic_load(&rows[1].value) == dropped);
	collector_stop(&collector);
	(void) sem_destroy(&let);
}

int
main(void)
{
	/* losing spans is said once, in a line of the log */
	log_start("test", LOGLEVEL_ERROR);
	test_answers();
	test_nobody();
	test_full();
	form = &otlp_protobuf;
	test_answers();
	test_full();
	test_slow();
	return check_close();
}
