/*
 * attempt.c: one client's connection, from its request to its end.
 *
 * Order: the head of the request; the rule for the host as it is written; the addresses; the
 * connection; for a tunnel the client's TLS greeting, which must name the same host; then bytes.
 * Whatever happens, one record says so.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/attempt.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "egress/dial.h"
#include "egress/egress_metrics.h"
#include "egress/flow.h"
#include "egress/hello.h"
#include "egress/record.h"
#include "egress/socks.h"

#define ATTEMPT_ESTABLISHED "HTTP/1.1 200 Connection established\r\n\r\n"

typedef struct Attempt
{
	const AttemptPlan *plan;
	Demand		demand;
	Buf			input;			/* what the client has sent and was not used yet */
	Flow		flow;
	Record		record;
	DialResult	dialled;
	Failure		failure;
} Attempt;

/* Tells the client; the header tells refusals apart from the other side's answers. */
static void
attempt_answer(int client_fd, const char *status, const char *reason)
{
	char		text[1024];
	int			len = snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nPortarium-Egress: %s\r\n"
							   "Connection: close\r\nContent-Length: 0\r\n\r\n", status, reason);

	(void) flow_send(client_fd, text, (size_t) len, 1000);
}

void
attempt_decline(int client_fd)
{
	attempt_answer(client_fd, "503 Service Unavailable", "too many connections");
	(void) close(client_fd);
}

static void
attempt_reply(int client_fd, SocksReply reply)
{
	char		bytes[SOCKS_REPLY_LEN];

	socks_reply(reply, bytes);
	(void) flow_send(client_fd, bytes, sizeof(bytes), 1000);
}

/* status: what an HTTP client is told; NULL: nothing, as it talks to the other side already. */
static bool
attempt_end(Attempt *attempt, Verdict verdict, const char *status, const char *reason)
{
	attempt->record.verdict = verdict;
	attempt->record.reason = reason;
	if (status != NULL && attempt->demand.socks)
		attempt_reply(attempt->flow.client_fd,
					  verdict == VERDICT_REFUSED ? SOCKS_NOT_ALLOWED : SOCKS_UNREACHABLE);
	else if (status != NULL)
		attempt_answer(attempt->flow.client_fd, status, reason);
	return false;
}

/* Reads more of what the client sends. */
static bool
attempt_receive(Attempt *attempt)
{
	char		bytes[16384];
	long		got = flow_receive(attempt->flow.client_fd, bytes, sizeof(bytes),
							   attempt->plan->settings->request_ms);

	return got > 0 && buf_append(&attempt->input, bytes, (size_t) got);
}

static bool
attempt_read_http(Attempt *attempt)
{
	size_t		len;

	while ((len = demand_head_len(attempt->input.data, attempt->input.len)) == 0)
	{
		if (!attempt_receive(attempt))
			return attempt_end(attempt, VERDICT_REFUSED, "400 Bad Request", "no request came");
	}
	if (!demand_parse(&attempt->demand, attempt->input.data, len, &attempt->failure))
		return attempt_end(attempt, VERDICT_REFUSED, "400 Bad Request", attempt->failure.message);
	buf_consume(&attempt->input, len);
	return true;
}

static bool
attempt_read_socks(Attempt *attempt)
{
	Socks		socks = {0};
	SocksState	state;

	attempt->demand.socks = attempt->demand.tunnel = true;
	while ((state = socks_read(&socks, &attempt->input, &attempt->demand)) != SOCKS_DONE)
	{
		if (state == SOCKS_BAD)
			return attempt_end(attempt, VERDICT_REFUSED, "400 Bad Request",
							   "not a request that this proxy understands");
		if (state == SOCKS_SAY &&
			!flow_send(attempt->flow.client_fd, (const char *) socks.say, sizeof(socks.say), 1000))
			return attempt_end(attempt, VERDICT_REFUSED, NULL, "the client is gone");
		if (state == SOCKS_MORE && !attempt_receive(attempt))
			return attempt_end(attempt, VERDICT_REFUSED, NULL, "no request came");
	}
	buf_consume(&attempt->input, socks.used);
	return true;
}

static bool
attempt_read_demand(Attempt *attempt)
{
	if (!attempt_receive(attempt))
		return attempt_end(attempt, VERDICT_REFUSED, "400 Bad Request", "no request came");
	attempt->record.demand = &attempt->demand;
	if (attempt->input.data[0] == SOCKS_VERSION ? !attempt_read_socks(attempt) : !attempt_read_http(attempt))
		return false;
	if (attempt->plan->settings->identity.tenant[0] != '\0')
		attempt->demand.identity = attempt->plan->settings->identity;
	if (attempt->demand.identity.tenant[0] == '\0')
		return attempt_end(attempt, VERDICT_REFUSED, "407 Proxy Authentication Required",
						   "nobody says in whose name");
	return true;
}

static bool
attempt_judge(Attempt *attempt)
{
	switch (rules_ask(attempt->plan->rules, &attempt->demand))
	{
		case RULES_ALLOWED:
			return true;
		case RULES_REFUSED:
			return attempt_end(attempt, VERDICT_REFUSED, "403 Forbidden",
							   "the host is not on the adapter's list");
		case RULES_UNKNOWN:
			break;
	}
	return attempt_end(attempt, VERDICT_REFUSED, "503 Service Unavailable",
					   "the control plane cannot be asked");
}

/* Whether the operator has named the host as one of a private network. */
static bool
attempt_is_private(const char *list, const char *host)
{
	size_t		len = strlen(host);

	while (*list != '\0')
	{
		size_t		item = strcspn(list, ",");

		if (item == len && strncasecmp(list, host, len) == 0)
			return true;
		list += item + (list[item] == ',');
	}
	return false;
}

static bool
attempt_connect(Attempt *attempt)
{
	const ProxySettings *settings = attempt->plan->settings;
	const DialPlan dial_plan = {
		.host = attempt->demand.host,
		.port = attempt->demand.port,
		.private_allowed = attempt_is_private(settings->private_hosts, attempt->demand.host),
		.timeout_ms = settings->connect_ms,
	};
	bool		connected = dial(&dial_plan, &attempt->dialled, &attempt->failure);

	attempt->record.address = attempt->dialled.address;
	attempt->flow.upstream_fd = attempt->dialled.fd;
	if (connected)
		return true;
	if (attempt->dialled.refused)
		return attempt_end(attempt, VERDICT_REFUSED, "403 Forbidden", attempt->failure.message);
	return attempt_end(attempt, VERDICT_FAILED, "502 Bad Gateway", attempt->failure.message);
}

static bool
attempt_is_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/* Reads the client's greeting; the name in it must be the host that was judged. */
static bool
attempt_greet_tls(Attempt *attempt)
{
	char		name[HELLO_HOST_MAX + 1];
	HelloState	state;
	const char *wanted = attempt_is_address(attempt->demand.host) ? "" : attempt->demand.host;

	while ((state = hello_read((const unsigned char *) attempt->input.data, attempt->input.len,
							   name)) == HELLO_MORE)
	{
		if (!attempt_receive(attempt))
			return attempt_end(attempt, VERDICT_REFUSED, NULL, "no TLS greeting came");
	}
	if (state == HELLO_BAD)
		return attempt_end(attempt, VERDICT_REFUSED, NULL, "a tunnel is for TLS");
	if (strcmp(name, wanted) != 0)
		return attempt_end(attempt, VERDICT_REFUSED, NULL, "the TLS greeting names another host");
	return true;
}

/* Plain HTTP inside SOCKS: the first request must be for the host that was judged. */
static bool
attempt_greet_http(Attempt *attempt)
{
	size_t		len;

	while ((len = demand_head_len(attempt->input.data, attempt->input.len)) == 0)
	{
		if (!attempt_receive(attempt))
			return attempt_end(attempt, VERDICT_REFUSED, NULL, "neither TLS nor HTTP came");
	}
	if (!demand_names(&attempt->demand, attempt->input.data, len))
		return attempt_end(attempt, VERDICT_REFUSED, NULL, "the request names another host");
	return true;
}

/* A tunnel carries its protocol to the host that was judged, and nothing else. */
static bool
attempt_greet(Attempt *attempt)
{
	if (attempt->demand.socks)
		attempt_reply(attempt->flow.client_fd, SOCKS_GRANTED);
	else if (!flow_send(attempt->flow.client_fd, ATTEMPT_ESTABLISHED, strlen(ATTEMPT_ESTABLISHED),
						1000))
		return attempt_end(attempt, VERDICT_FAILED, NULL, "the client is gone");
	if (attempt->input.len == 0 && !attempt_receive(attempt))
		return attempt_end(attempt, VERDICT_REFUSED, NULL, "nothing came through the tunnel");
	if (attempt->demand.socks && attempt->input.data[0] != HELLO_RECORD)
		return attempt_greet_http(attempt);
	return attempt_greet_tls(attempt);
}

/* What the client had sent before goes first; of a plain request not more than its body. */
static bool
attempt_begin_flow(Attempt *attempt)
{
	Flow	   *flow = &attempt->flow;
	const Buf  *head = &attempt->demand.head;

	if (!attempt->demand.tunnel)
	{
		flow->up_left = attempt->demand.body - (int64_t) attempt->input.len;
		if (flow->up_left < 0)
			return attempt_end(attempt, VERDICT_REFUSED, "400 Bad Request",
							   "more than one request");
	}
	if (!flow_send(flow->upstream_fd, head->data, head->len, flow->idle_ms) ||
		!flow_send(flow->upstream_fd, attempt->input.data, attempt->input.len, flow->idle_ms))
		return attempt_end(attempt, VERDICT_FAILED, NULL, "the connection broke");
	flow->up = (int64_t) attempt->input.len;
	return true;
}

static void
attempt_run(Attempt *attempt)
{
	const char *reason;

	if (!attempt_read_demand(attempt) || !attempt_judge(attempt) || !attempt_connect(attempt))
		return;
	if ((attempt->demand.tunnel && !attempt_greet(attempt)) || !attempt_begin_flow(attempt))
		return;
	reason = flow_run(&attempt->flow);
	attempt->record.reason = reason != NULL ? reason : "";
}

void
attempt_serve(const AttemptPlan *plan, int client_fd)
{
	const int64_t began_ms = clock_ms();
	Attempt		attempt = {
		.plan = plan,
		.record = {.verdict = VERDICT_ALLOWED, .address = "", .reason = ""},
		.dialled = {.fd = -1},
		.flow = {
			.client_fd = client_fd, .upstream_fd = -1, .idle_ms = plan->settings->idle_ms, .up_left = -1,
			.down_left = plan->settings->response_max > 0 ? plan->settings->response_max : -1,
		},
	};

	buf_init(&attempt.input, DEMAND_HEAD_MAX);
	demand_init(&attempt.demand);
	attempt_run(&attempt);
	attempt.record.up = attempt.flow.up;
	attempt.record.down = attempt.flow.down;
	attempt.record.ms = clock_ms() - began_ms;
	egress_metrics_attempt(&attempt.record);
	record_write(plan->events_fd, &attempt.record);
	if (attempt.dialled.fd >= 0)
		(void) close(attempt.dialled.fd);
	(void) close(client_fd);
	demand_free(&attempt.demand);
	buf_free(&attempt.input);
}
