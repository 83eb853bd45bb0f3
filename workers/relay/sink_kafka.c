/*
 * sink_kafka.c: a topic of Kafka that takes CloudEvents.
 *
 * deliver gives librdkafka a copy of the event, flush waits until the brokers have acknowledged all
 * of them.  The producer is idempotent: what it sends again comes neither twice nor behind a later
 * event.  When the brokers have refused an event or are silent, the producer is given up with all
 * that it still holds, and the next event begins with a new one; the relay delivers again behind its
 * cursor, so that an event can come twice and none is left out.
 *
 * Headers: content-type, the event's own trace context as the binding of CloudEvents has it (ce_), and
 * the delivery's as OpenTelemetry has it.  A delivery that is traced goes along as the message's opaque
 * pointer and belongs to its report, which comes for every message, a purged one included.
 *
 * librdkafka's threads call nobody here: reports are counted when this thread polls.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/sink_kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "relay/event.h"
#include "relay/sink_config.h"
#include "relay/sink_trace.h"

#define SINK_KAFKA_POLL_MS 100
#define SINK_KAFKA_TYPE "application/cloudevents+json; charset=utf-8"

typedef struct SinkKafka
{
	Sink		sink;
	const SinkKafkaSettings *settings;
	rd_kafka_t *producer;		/* NULL: given up */
	char		topic[SINK_KAFKA_TOPIC_MAX];
	rd_kafka_resp_err_t refused;	/* why an event was not taken since the last flush */
} SinkKafka;

typedef struct SinkKafkaMessage
{
	const char *key;
	const char *event;
	size_t		len;
	rd_kafka_headers_t *headers;
	SinkTrace  *trace;			/* malloc; NULL: it is not traced */
} SinkKafkaMessage;

/* The end of a delivery's span, and of the delivery; NULL: it is not traced. */
static void
sink_kafka_told(const SinkKafka *kafka, SinkTrace *trace, rd_kafka_resp_err_t code)
{
	if (trace == NULL)
		return;
	sink_trace_end(trace, code == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : rd_kafka_err2name(code),
				   (OtlpAttribute) {"messaging.system", "kafka", 0},
				   (OtlpAttribute) {"messaging.destination.name", kafka->topic, 0});
	free(trace);
}

static void
sink_kafka_on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
	SinkKafka  *kafka = opaque;

	(void) producer;
	if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		kafka->refused = message->err;
	sink_kafka_told(kafka, message->_private, message->err);
}

static void
sink_kafka_on_log(const rd_kafka_t *producer, int level, const char *facility, const char *text)
{
	(void) producer;
	(void) level;
	log_warn("librdkafka has something to say", log_text("facility", facility),
			 log_text("reason", text));
}

/* to: rd_kafka_conf_t */
static bool
sink_kafka_set(void *to, const char *name, const char *value, Failure *failure)
{
	rd_kafka_conf_t *conf = to;
	char		error[256];

	if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) == RD_KAFKA_CONF_OK)
		return true;
	/* librdkafka's own words may repeat the value, and a value may be a password */
	failure_set(failure, "librdkafka does not take its setting \"%s\"", name);
	return false;
}

static bool
sink_kafka_fill(SinkKafka *kafka, rd_kafka_conf_t *conf, Failure *failure)
{
	const SinkKafkaSettings *settings = kafka->settings;
	const char *slash = strrchr(settings->target, '/');
	char		brokers[SINK_KAFKA_BROKERS_MAX];
	char		timeout[16];

	(void) snprintf(brokers, sizeof(brokers), "%.*s", (int) (slash - settings->target),
					settings->target);
	(void) snprintf(timeout, sizeof(timeout), "%d", settings->timeout_ms);
	rd_kafka_conf_set_opaque(conf, kafka);
	rd_kafka_conf_set_dr_msg_cb(conf, sink_kafka_on_report);
	rd_kafka_conf_set_log_cb(conf, sink_kafka_on_log);
	/* the operator's settings; ours come later and win */
	return (settings->config == NULL ||
			sink_config_read(settings->config, "RELAY_KAFKA_FILE", sink_kafka_set, conf, failure)) &&
		sink_kafka_set(conf, "bootstrap.servers", brokers, failure) &&
		sink_kafka_set(conf, "client.id", "portarium-relay", failure) &&
		sink_kafka_set(conf, "enable.idempotence", "true", failure) &&
		sink_kafka_set(conf, "acks", "all", failure) &&
		sink_kafka_set(conf, "linger.ms", "5", failure) &&
		sink_kafka_set(conf, "message.timeout.ms", timeout, failure);
}

static bool
sink_kafka_connect(SinkKafka *kafka, Failure *failure)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char		error[256];

	kafka->refused = RD_KAFKA_RESP_ERR_NO_ERROR;
	if (!sink_kafka_fill(kafka, conf, failure))
	{
		rd_kafka_conf_destroy(conf);
		return false;
	}
	kafka->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	if (kafka->producer != NULL)
		return true;
	failure_set(failure, "librdkafka does not start: %s", error);
	rd_kafka_conf_destroy(conf);
	return false;
}

/* Lets go of the producer and of what it has not got rid of. */
static void
sink_kafka_give_up(SinkKafka *kafka)
{
	if (kafka->producer == NULL)
		return;
	(void) rd_kafka_purge(kafka->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	(void) rd_kafka_flush(kafka->producer, kafka->settings->timeout_ms);	/* for the reports */
	rd_kafka_destroy(kafka->producer);
	kafka->producer = NULL;
}

/* A header, unless there is nothing to say in it. */
static bool
sink_kafka_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
	return value == NULL || value[0] == '\0' ||
		rd_kafka_header_add(headers, name, -1, value, -1) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* NULL when there is no memory. */
static rd_kafka_headers_t *
sink_kafka_headers(const json_t *event, const Trace *along)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(5);
	char		parent[TRACE_TEXT_SIZE] = "";

	if (along->trace_id[0] != '\0')
		trace_text(along, parent);
	if (sink_kafka_header(headers, "content-type", SINK_KAFKA_TYPE) &&
		sink_kafka_header(headers, "ce_traceparent", event_attribute(event, "traceparent")) &&
		sink_kafka_header(headers, "ce_tracestate", event_attribute(event, "tracestate")) &&
		sink_kafka_header(headers, "traceparent", parent) &&
		sink_kafka_header(headers, "tracestate", along->state))
		return headers;
	rd_kafka_headers_destroy(headers);
	return NULL;
}

/* The headers are librdkafka's when it took the message. */
static rd_kafka_resp_err_t
sink_kafka_hand_over(SinkKafka *kafka, const SinkKafkaMessage *message)
{
	return rd_kafka_producev(kafka->producer, RD_KAFKA_V_TOPIC(kafka->topic),
							 RD_KAFKA_V_KEY((void *) message->key, strlen(message->key)),
							 RD_KAFKA_V_VALUE((void *) message->event, message->len),
							 RD_KAFKA_V_HEADERS(message->headers),
							 RD_KAFKA_V_OPAQUE(message->trace),
							 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

/* A full queue is waited for, as long as one delivery may take. */
static rd_kafka_resp_err_t
sink_kafka_produce(SinkKafka *kafka, const SinkKafkaMessage *message)
{
	int64_t		deadline_ms = clock_ms() + kafka->settings->timeout_ms;
	rd_kafka_resp_err_t code;

	while ((code = sink_kafka_hand_over(kafka, message)) == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
		   clock_ms() < deadline_ms)
		(void) rd_kafka_poll(kafka->producer, SINK_KAFKA_POLL_MS);
	(void) rd_kafka_poll(kafka->producer, 0);
	return code;
}

/* Gives the event to librdkafka, in its trace. */
static rd_kafka_resp_err_t
sink_kafka_send(SinkKafka *kafka, const json_t *event, SinkKafkaMessage *message)
{
	SinkTrace	trace;
	Trace		along;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__FAIL;

	sink_trace_begin(&trace, event, &along);
	message->headers = sink_kafka_headers(event, &along);
	if (trace.span.trace_id[0] != '\0' && (message->trace = malloc(sizeof(trace))) != NULL)
		*message->trace = trace;
	if (message->headers != NULL)
		code = sink_kafka_produce(kafka, message);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return code;
	if (message->headers != NULL)
		rd_kafka_headers_destroy(message->headers);
	sink_kafka_told(kafka, message->trace, code);
	return code;
}

static bool
sink_kafka_deliver(Sink *sink, const char *event, size_t len, Failure *failure)
{
	SinkKafka  *kafka = (SinkKafka *) sink;
	json_t	   *parsed = event_parse(event, len, failure);
	SinkKafkaMessage message = {
		.key = event_attribute(parsed, "subject"), .event = event, .len = len
	};
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__FAIL;

	failure_set(failure, "the database gave an event that is none");
	if (message.key != NULL && (kafka->producer != NULL || sink_kafka_connect(kafka, failure)))
	{
		code = sink_kafka_send(kafka, parsed, &message);
		failure_set(failure, "%s", rd_kafka_err2str(code));
	}
	json_decref(parsed);
	return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool
sink_kafka_flush(Sink *sink, Failure *failure)
{
	SinkKafka  *kafka = (SinkKafka *) sink;
	rd_kafka_resp_err_t code = rd_kafka_flush(kafka->producer, kafka->settings->timeout_ms);

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		code = kafka->refused;
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return true;
	failure_set(failure, "%s", rd_kafka_err2str(code));
	sink_kafka_give_up(kafka);
	return false;
}

/* There is nothing that could be opened again. */
static bool
sink_kafka_reopen(Sink *sink, Failure *failure)
{
	(void) sink;
	(void) failure;
	return true;
}

static void
sink_kafka_close(Sink *sink)
{
	SinkKafka  *kafka = (SinkKafka *) sink;

	sink_kafka_give_up(kafka);
	free(kafka);
}

Sink *
sink_kafka_open(const SinkKafkaSettings *settings, Failure *failure)
{
	static const SinkKind kind = {
		sink_kafka_deliver, sink_kafka_flush, sink_kafka_reopen, sink_kafka_close
	};
	SinkKafka  *kafka = calloc(1, sizeof(*kafka));

	failure_set(failure, "out of memory");
	if (kafka == NULL)
		return NULL;
	kafka->sink.kind = &kind;
	kafka->settings = settings;
	(void) snprintf(kafka->topic, sizeof(kafka->topic), "%s", strrchr(settings->target, '/') + 1);
	if (sink_kafka_connect(kafka, failure))
		return &kafka->sink;
	free(kafka);
	return NULL;
}
