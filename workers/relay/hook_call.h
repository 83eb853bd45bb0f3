/*
 * hook_call.h: one HTTP call of a webhook.
 *
 * A HookCall is a curl handle with what it points to; the caller runs it in its multi handle and
 * asks for the answer when it is done.  Redirects are not followed, the answer's body is thrown
 * away, the address is judged when the connection is made.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_HOOK_CALL_H
#define RELAY_HOOK_CALL_H

#include <stdbool.h>

#include <curl/curl.h>

#include "relay/message.h"

/* The strings must stay valid. */
typedef struct HookRules
{
	const char *origin;			/* who calls, for the handshake */
	const char *proxy;			/* "": none */
	const char *ca_file;		/* NULL: the system's */
	const char *client_cert;	/* NULL: none is shown */
	const char *client_key;
	int			timeout_ms;
	bool		private_network;	/* loopback and private addresses may be called */
} HookRules;

typedef struct HookCall
{
	const HookRules *rules;
	CURL	   *easy;
	struct curl_slist *handshake;
	size_t		answer_len;
	bool		address_refused;
	char		allowed_origin[256];
	int			allowed_rate;	/* 0: any */
} HookCall;

typedef struct HookAnswer
{
	int			status;			/* 0: there was none */
	int			retry_ms;		/* what Retry-After asks for */
	char		reason[256];	/* why it is not a success; "" when it is one */
} HookAnswer;

/* owner is what CURLINFO_PRIVATE gives back.  False when out of memory. */
extern bool hook_call_open(HookCall *call, const HookRules *rules, const char *url,
						   void *owner) MUST_CHECK;
extern void hook_call_close(HookCall *call);

/* Sets the next request up: a delivery, which must stay valid, or the question before it. */
extern bool hook_call_post(HookCall *call, const Message *message) MUST_CHECK;
extern bool hook_call_ask(HookCall *call) MUST_CHECK;

/* What came of it. */
extern HookAnswer hook_call_answer(const HookCall *call, CURLcode code);

/* Whether the answer to hook_call_ask allows to call. */
extern bool hook_call_agreed(const HookCall *call);

#endif							/* RELAY_HOOK_CALL_H */
