/*
 * sink_nats.c: a stream of NATS JetStream that takes CloudEvents.
 *
 * deliver publishes an event and does not wait for the stream's acknowledgement, unless an event of the
 * same subject is under way or too many are; flush waits for all.  So what is refused has no later event
 * of its subject behind it.  When something was refused, lost with its connection or is late, the
 * connection is given up with all that is under way; the relay delivers again behind its cursor, and the
 * stream drops by Nats-Msg-Id what it has already.
 *
 * Acknowledgements come in a thread of the library.  The lock guards conn, under_way, n and refused.
 * The message that is published is the library's until it is acknowledged, then ours; what is given up
 * comes back as a list.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/sink_nats.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relay/nats_message.h"
#include "relay/sink_trace.h"

#define SINK_NATS_WINDOW 256	/* events under way */

/* An event that waits for its acknowledgement. */
typedef struct SinkNatsEvent
{
	const natsMsg *message;		/* to know it again only */
	uint64_t	subject;		/* its hash */
	SinkTrace	trace;
} SinkNatsEvent;

typedef struct SinkNats
{
	Sink		sink;
	const SinkNatsSettings *settings;
	natsOptions *options;
	natsConnection *conn;		/* NULL: none */
	jsCtx	   *stream;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	SinkNatsEvent under_way[SINK_NATS_WINDOW];
	int			n;
	int			accepted;		/* events since the last flush; the relay's thread only */
	char		refused[128];	/* why an event is not there since the last flush; "": all is well */
} SinkNats;

/* FNV-1a. */
static uint64_t
sink_nats_hash(const char *text)
{
	uint64_t	hash = UINT64_C(14695981039346656037);

	for (const unsigned char *c = (const unsigned char *) text; *c != '\0'; c++)
		hash = (hash ^ *c) * UINT64_C(1099511628211);
	return hash;
}

/* Under the lock: the event is no longer under way; reason NULL: the stream has it. */
static void
sink_nats_settle(SinkNats *nats, const natsMsg *message, const char *reason)
{
	for (int i = 0; i < nats->n; i++)
	{
		if (nats->under_way[i].message != message)
			continue;
		sink_trace_end(&nats->under_way[i].trace, reason, (OtlpAttribute) {"messaging.system", "nats", 0},
					   (OtlpAttribute) {"messaging.destination.name", nats->settings->subject, 0});
		nats->under_way[i] = nats->under_way[--nats->n];
		return;
	}
}

/* Under the lock; the first reason is kept. */
static void
sink_nats_refuse(SinkNats *nats, const char *reason)
{
	if (nats->refused[0] == '\0')
		(void) snprintf(nats->refused, sizeof(nats->refused), "%s", reason);
}

static void
sink_nats_on_ack(jsCtx *stream, natsMsg *message, jsPubAck *ack, jsPubAckErr *error, void *closure)
{
	SinkNats   *nats = closure;
	const char *reason = error == NULL ? NULL : error->ErrText != NULL ? error->ErrText :
		natsStatus_GetText(error->Err);

	(void) ack;
	(void) pthread_mutex_lock(&nats->lock);
	if (stream == nats->stream && reason != NULL)
		sink_nats_refuse(nats, reason);
	sink_nats_settle(nats, message, reason);
	(void) pthread_cond_signal(&nats->changed);
	(void) pthread_mutex_unlock(&nats->lock);
	natsMsg_Destroy(message);
}

/* Nobody will acknowledge what is under way. */
static void
sink_nats_on_closed(natsConnection *conn, void *closure)
{
	SinkNats   *nats = closure;

	(void) pthread_mutex_lock(&nats->lock);
	if (conn == nats->conn && nats->n > 0)
		sink_nats_refuse(nats, "the connection was lost");
	(void) pthread_cond_signal(&nats->changed);
	(void) pthread_mutex_unlock(&nats->lock);
}

/* Lets go of the connection and of what is under way. */
static void
sink_nats_give_up(SinkNats *nats)
{
	natsConnection *conn = nats->conn;
	jsCtx	   *stream = nats->stream;
	natsMsgList left = {NULL, 0};

	if (conn == NULL)
		return;
	(void) pthread_mutex_lock(&nats->lock);
	nats->conn = NULL;
	nats->stream = NULL;
	while (nats->n > 0)
		sink_nats_settle(nats, nats->under_way[0].message, "no acknowledgement");
	nats->refused[0] = '\0';
	(void) pthread_mutex_unlock(&nats->lock);
	if (js_PublishAsyncGetPendingList(&left, stream) == NATS_OK)
		natsMsgList_Destroy(&left);
	natsConnection_Close(conn);
	jsCtx_Destroy(stream);
	natsConnection_Destroy(conn);
}

static bool
sink_nats_connect(SinkNats *nats, Failure *failure)
{
	natsConnection *conn = NULL;
	jsCtx	   *stream = NULL;
	jsOptions	options;
	natsStatus	status = jsOptions_Init(&options);

	options.PublishAsync.MaxPending = SINK_NATS_WINDOW + 1;
	options.PublishAsync.AckHandler = sink_nats_on_ack;
	options.PublishAsync.AckHandlerClosure = nats;
	if (status == NATS_OK)
		status = natsConnection_Connect(&conn, nats->options);
	if (status == NATS_OK)
		status = natsConnection_JetStream(&stream, conn, &options);
	(void) pthread_mutex_lock(&nats->lock);
	nats->conn = status == NATS_OK ? conn : NULL;
	nats->stream = stream;
	(void) pthread_mutex_unlock(&nats->lock);
	if (status == NATS_OK)
		return true;
	natsConnection_Destroy(conn);
	failure_set(failure, "could not connect to NATS: %s", natsStatus_GetText(status));
	return false;
}

/* Under the lock: whether an event of this subject, or without one the flush, must wait for others. */
static bool
sink_nats_must_wait(const SinkNats *nats, const uint64_t *subject)
{
	if (subject == NULL)
		return nats->n > 0;
	for (int i = 0; i < nats->n; i++)
	{
		if (nats->under_way[i].subject == *subject)
			return true;
	}
	return nats->n == SINK_NATS_WINDOW;
}

/* Under the lock: waits for that; false when something was refused or nothing comes in time. */
static bool
sink_nats_wait(SinkNats *nats, const uint64_t *subject)
{
	const int	timeout_ms = nats->settings->target.timeout_ms;
	struct timespec until;
	int			waited = 0;

	(void) clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L)
	{
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (waited == 0 && nats->refused[0] == '\0' && sink_nats_must_wait(nats, subject))
		waited = pthread_cond_timedwait(&nats->changed, &nats->lock, &until);
	if (waited != 0 && sink_nats_must_wait(nats, subject))
		sink_nats_refuse(nats, "no acknowledgement in time");
	return nats->refused[0] == '\0';
}

/* Waits for its turn and takes its place among what is under way. */
static bool
sink_nats_enter(SinkNats *nats, const SinkNatsEvent *event, Failure *failure)
{
	bool		ok;

	(void) pthread_mutex_lock(&nats->lock);
	ok = sink_nats_wait(nats, &event->subject);
	if (ok)
		nats->under_way[nats->n++] = *event;
	else
		failure_set(failure, "%s", nats->refused);
	(void) pthread_mutex_unlock(&nats->lock);
	return ok;
}

static bool
sink_nats_publish(SinkNats *nats, natsMsg *message, const json_t *event, Failure *failure)
{
	const natsMsg *const known = message;
	char		id[NATS_MESSAGE_ID_MAX];
	jsPubOptions options;
	natsStatus	status = jsPubOptions_Init(&options);

	nats_message_id(event, id);
	options.MsgId = id;
	if (status == NATS_OK)
		status = js_PublishMsgAsync(nats->stream, &message, &options);
	if (status == NATS_OK)
		return true;
	failure_set(failure, "%s", natsStatus_GetText(status));
	(void) pthread_mutex_lock(&nats->lock);
	sink_nats_settle(nats, known, natsStatus_GetText(status));
	(void) pthread_mutex_unlock(&nats->lock);
	natsMsg_Destroy(message);
	return false;
}

static bool
sink_nats_send(SinkNats *nats, const json_t *event, const char *text, size_t len, Failure *failure)
{
	SinkNatsEvent entry = {.subject = sink_nats_hash(event_attribute(event, "subject"))};
	Trace		along;
	natsMsg    *message;

	sink_trace_begin(&entry.trace, event, &along);
	failure_set(failure, "out of memory");
	message = nats_message_make(nats->settings->subject, event, text, len, &along);
	entry.message = message;
	if (message == NULL)
		return false;
	if (sink_nats_enter(nats, &entry, failure))
		return sink_nats_publish(nats, message, event, failure);
	natsMsg_Destroy(message);
	return false;
}

/* As long as no event waits for the flush, nothing is lost with the connection. */
static bool
sink_nats_deliver(Sink *sink, const char *event, size_t len, Failure *failure)
{
	SinkNats   *nats = (SinkNats *) sink;
	json_t	   *parsed = event_parse(event, len, failure);
	bool		ok = nats_message_fits(parsed);

	failure_set(failure, "the database gave an event that is none");
	if (ok && nats->accepted == 0 && natsConnection_IsClosed(nats->conn))
		sink_nats_give_up(nats);
	ok = ok && (nats->conn != NULL || sink_nats_connect(nats, failure)) &&
		sink_nats_send(nats, parsed, event, len, failure);
	json_decref(parsed);
	if (ok)
		nats->accepted++;
	else if (nats->accepted == 0)
		sink_nats_give_up(nats);
	return ok;
}

static bool
sink_nats_flush(Sink *sink, Failure *failure)
{
	SinkNats   *nats = (SinkNats *) sink;
	bool		ok;

	(void) pthread_mutex_lock(&nats->lock);
	ok = sink_nats_wait(nats, NULL);
	if (!ok)
		failure_set(failure, "%s", nats->refused);
	(void) pthread_mutex_unlock(&nats->lock);
	nats->accepted = 0;
	if (!ok)
		sink_nats_give_up(nats);
	return ok;
}

/* There is nothing that could be opened again. */
static bool
sink_nats_reopen(Sink *sink, Failure *failure)
{
	(void) sink;
	(void) failure;
	return true;
}

static void
sink_nats_close(Sink *sink)
{
	SinkNats   *nats = (SinkNats *) sink;

	sink_nats_give_up(nats);
	natsOptions_Destroy(nats->options);
	/* a thread of the library that does not end may still look at it */
	if (nats_CloseAndWait(nats->settings->target.timeout_ms) != NATS_OK)
		return;
	(void) pthread_cond_destroy(&nats->changed);
	(void) pthread_mutex_destroy(&nats->lock);
	free(nats);
}

static bool
sink_nats_make_lock(SinkNats *nats)
{
	pthread_condattr_t attributes;

	return pthread_mutex_init(&nats->lock, NULL) == 0 && pthread_condattr_init(&attributes) == 0 &&
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
		pthread_cond_init(&nats->changed, &attributes) == 0;
}

Sink *
sink_nats_open(const SinkNatsSettings *settings, Failure *failure)
{
	static const SinkKind kind = {
		sink_nats_deliver, sink_nats_flush, sink_nats_reopen, sink_nats_close
	};
	SinkNats   *nats = calloc(1, sizeof(*nats));

	failure_set(failure, "out of memory");
	if (nats == NULL)
		return NULL;
	nats->sink.kind = &kind;
	nats->settings = settings;
	if (sink_nats_make_lock(nats))
		nats->options = nats_options_make(&settings->target, failure);
	if (nats->options != NULL &&
		natsOptions_SetClosedCB(nats->options, sink_nats_on_closed, nats) == NATS_OK)
		return &nats->sink;
	natsOptions_Destroy(nats->options);
	free(nats);
	return NULL;
}
