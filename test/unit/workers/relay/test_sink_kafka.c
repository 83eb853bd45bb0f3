/*
 * test_sink_kafka.c: the sink for Kafka, where no broker answers, and with the brokers that librdkafka can play itself.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "common/clock.h"
#include "common/exporter.h"
#include "common/log.h"
#include "relay/sink_kafka.h"

#define EVENT "{\"id\":\"t/1\",\"subject\":\"run\",\"data\":{}}"
#define TRACED "{\"id\":\"t/1\",\"subject\":\"run\",\"data\":{}," \
	"\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\",\"tracestate\":\"a=1\"}"

static bool
deliver(Sink *sink, const char *event, Failure *failure)
{
	return sink_deliver(sink, event, strlen(event), failure);
}

static void
test_taken(void)
{
	SinkKafkaSettings settings = {
		.target = "127.0.0.1:1/events", .config = "# played\n\ntest.mock.num.brokers=3\n", .timeout_ms = 10000
	};
	Failure		failure;
	Sink	   *sink = sink_kafka_open(&settings, &failure);
	bool		all = sink != NULL;

	for (int i = 0; all && i < 1000; i++)
		all = deliver(sink, EVENT, &failure);
	CHECK("a thousand events are handed over", all);
	CHECK("and acknowledged", all && sink_flush(sink, &failure));
	CHECK("one without a subject is none", sink != NULL && !deliver(sink, "{\"id\":\"t/1\"}", &failure));
	CHECK("nor is what is no JSON", sink != NULL && !deliver(sink, "{", &failure));
	CHECK("the next one goes on", sink != NULL && deliver(sink, EVENT, &failure) && sink_flush(sink, &failure));
	sink_close(sink);
}

/* What nobody has taken is given up, as often as it is tried. */
static void
test_silent(void)
{
	SinkKafkaSettings settings = {.target = "127.0.0.1:1/events", .timeout_ms = 200};
	Failure		failure;
	Sink	   *sink = sink_kafka_open(&settings, &failure);

	for (int i = 0; sink != NULL && i < 3; i++)
	{
		int64_t		since_ms = clock_ms();

		CHECK("an event waits for a broker", deliver(sink, EVENT, &failure));
		CHECK("that does not come", !sink_flush(sink, &failure));
		CHECK("which is said", failure.message[0] != '\0');
		CHECK("within its time", clock_ms() - since_ms < 10000);
	}
	CHECK("it opens without a broker", sink != NULL);
	sink_close(sink);
}

/* Deliveries that are traced belong to their reports, those of what was purged included: nothing of them is left. */
static void
test_traced(void)
{
	SinkKafkaSettings settings = {.target = "127.0.0.1:1/events", .timeout_ms = 200};
	Failure		failure;
	Sink	   *sink = sink_kafka_open(&settings, &failure);

	CHECK("the exporter starts", exporter_start("test", "http://127.0.0.1:1", &otlp_json, &failure));
	for (int i = 0; sink != NULL && i < 3; i++)
		CHECK("a traced event waits", deliver(sink, TRACED, &failure));
	CHECK("in vain", sink != NULL && !sink_flush(sink, &failure));
	CHECK("another one waits", sink != NULL && deliver(sink, TRACED, &failure));
	sink_close(sink);
	exporter_stop();
}

static void
test_refused(void)
{
	static const char *const configs[] = {"no.such.setting=x", "acks", "queue.buffering.max.messages=many"};
	Failure		failure;

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
	{
		SinkKafkaSettings settings = {.target = "127.0.0.1:1/events", .config = configs[i], .timeout_ms = 200};

		CHECK(configs[i], sink_kafka_open(&settings, &failure) == NULL);
	}
	CHECK("a value is not repeated", strstr(failure.message, "many") == NULL);
}

int
main(void)
{
	log_start("test", LOGLEVEL_ERROR);
	test_taken();
	test_silent();
	test_traced();
	test_refused();
	return check_close();
}
