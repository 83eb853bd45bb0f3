/*
 * sink_kafka.h: a topic of Kafka that takes CloudEvents.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SINK_KAFKA_H
#define RELAY_SINK_KAFKA_H

#include "relay/sink.h"

#define SINK_KAFKA_BROKERS_MAX 1024
#define SINK_KAFKA_TOPIC_MAX 250	/* as Kafka has it */

typedef struct SinkKafkaSettings
{
	const char *target;			/* BROKERS/TOPIC; NULL: not Kafka */
	const char *config;			/* librdkafka's settings, NAME=VALUE a line; NULL: none */
	int			timeout_ms;
} SinkKafkaSettings;

/*
 * Events are produced in structured mode with their subject as the key, so that each subject's
 * order is kept; all replicas that are in sync must have an event before it counts.  Strings must
 * stay valid.
 */
extern Sink *sink_kafka_open(const SinkKafkaSettings *settings, Failure *failure) MUST_CHECK;

#endif							/* RELAY_SINK_KAFKA_H */
