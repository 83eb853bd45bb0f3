/*
 * test_sink_nats.c: the sink for NATS, where no server answers, and where one greets and is silent ever after.
 *
 * What a real server does with events is tried by test/integration/events/nats.py.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "common/exporter.h"
#include "common/log.h"
#include "relay/nats_message.h"
#include "relay/sink_nats.h"

#define EVENT(id, subject) "{\"id\":\"t/" id "\",\"source\":\"/p/d/1\",\"tenantid\":\"t\",\"subject\":\"" subject "\"," \
	"\"data\":{},\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\",\"tracestate\":\"a=1\"}"
#define GREETING "INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"proto\":1,\"headers\":true," \
	"\"max_payload\":1048576,\"jetstream\":true}\r\n"

static int	listening;

/* Greets everybody, answers each PING, and takes the rest as if it were nothing; one connection at a time. */
static void *
serve(void *argument)
{
	char		bytes[65536];
	ssize_t		len;
	int			fd;

	while ((fd = accept(listening, NULL, NULL)) >= 0)
	{
		(void) send(fd, GREETING, strlen(GREETING), MSG_NOSIGNAL);
		while ((len = recv(fd, bytes, sizeof(bytes) - 1, 0)) > 0)
		{
			bytes[len] = '\0';
			if (strstr(bytes, "PING\r\n") != NULL)
				(void) send(fd, "PONG\r\n", 6, MSG_NOSIGNAL);
		}
		(void) close(fd);
	}
	return argument;
}

static bool
deliver(Sink *sink, const char *event, Failure *failure)
{
	return sink_deliver(sink, event, strlen(event), failure);
}

static void
test_silent(const char *servers)
{
	SinkNatsSettings settings = {.target = {.servers = servers, .timeout_ms = 300}, .subject = "events"};
	Failure		failure;
	Sink	   *sink = sink_nats_open(&settings, &failure);

	CHECK("it opens", sink != NULL);
	for (int i = 0; sink != NULL && i < 3; i++)
	{
		CHECK("an event is on its way", deliver(sink, EVENT("1", "a"), &failure));
		CHECK("another one, too", deliver(sink, EVENT("2", "b"), &failure));
		CHECK("a second of a subject waits for the first", !deliver(sink, EVENT("3", "a"), &failure));
		CHECK("in vain", strcmp(failure.message, "no acknowledgement in time") == 0);
		CHECK("and nothing goes on behind it", !deliver(sink, EVENT("4", "c"), &failure));
		CHECK("so that nothing is there", !sink_flush(sink, &failure));
	}
	CHECK("then it begins anew", sink != NULL && deliver(sink, EVENT("5", "a"), &failure));
	sink_close(sink);
}

static void
test_nobody(void)
{
	SinkNatsSettings settings = {.target = {.servers = "127.0.0.1:1,127.0.0.1:2/x", .timeout_ms = 300}, .subject = "events"};
	Failure		failure;
	Sink	   *sink = sink_nats_open(&settings, &failure);

	CHECK("it opens without a server", sink != NULL);
	CHECK("and says that there is none", sink != NULL && !deliver(sink, EVENT("1", "a"), &failure) &&
		  strstr(failure.message, "could not connect to NATS") != NULL);
	CHECK("nothing is under way", sink != NULL && sink_flush(sink, &failure));
	CHECK("an event without a subject is none", sink != NULL &&
		  !deliver(sink, "{\"id\":\"t/1\",\"source\":\"s\",\"tenantid\":\"t\"}", &failure) &&
		  strstr(failure.message, "an event that is none") != NULL);
	sink_close(sink);
}

static void
test_refused(void)
{
	static const char *const configs[] = {"no.such.setting=x", "token", "credentials=/none/of/them"};
	SinkNatsSettings many = {.target = {.servers = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q/x", .timeout_ms = 300}, .subject = "x"};
	SinkNatsSettings cert = {
		.target = {.servers = "a/x", .tls = true, .ca_file = "/none/of/them", .timeout_ms = 300}, .subject = "x"
	};
	Failure		failure;

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
	{
		SinkNatsSettings settings = {.target = {.servers = "a/x", .config = configs[i], .timeout_ms = 300}, .subject = "x"};

		CHECK(configs[i], sink_nats_open(&settings, &failure) == NULL);
		CHECK("and no value is repeated", strstr(failure.message, "/none") == NULL);
	}
	CHECK("too many servers", sink_nats_open(&many, &failure) == NULL);
	CHECK("an authority that is not there", sink_nats_open(&cert, &failure) == NULL);
	CHECK("a subject", nats_message_is_subject("a.b-c.D_1"));
	CHECK("no subject", !nats_message_is_subject("") && !nats_message_is_subject(".a") && !nats_message_is_subject("a.") &&
		  !nats_message_is_subject("a..b") && !nats_message_is_subject("a.*") && !nats_message_is_subject("a b"));
}

int
main(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t	len = sizeof(address);
	char		servers[64];
	pthread_t	thread;
	Failure		failure;

	log_start("test", LOGLEVEL_ERROR);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK("a server", bind(listening, (struct sockaddr *) &address, len) == 0 && listen(listening, 8) == 0 &&
		  getsockname(listening, (struct sockaddr *) &address, &len) == 0 && pthread_create(&thread, NULL, serve, NULL) == 0);
	(void) snprintf(servers, sizeof(servers), "127.0.0.1:%d/x", ntohs(address.sin_port));
	CHECK("an exporter", exporter_start("test", "http://127.0.0.1:1", &otlp_protobuf, &failure));
	test_silent(servers);
	test_nobody();
	test_refused();
	exporter_stop();
	(void) shutdown(listening, SHUT_RDWR);
	(void) pthread_join(thread, NULL);
	(void) close(listening);
	return check_close();
}
