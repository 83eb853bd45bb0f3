/*
 * hook_call.c: one HTTP call of a webhook.
 *
 * The question before the first delivery is the OPTIONS request of the CloudEvents webhook
 * specification: WebHook-Request-Origin there, WebHook-Allowed-Origin and -Rate back.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/hook_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/egress.h"

#define HOOK_CONNECT_MS 3000L
#define HOOK_ANSWER_MAX 65536
#define HOOK_RETRY_MAX_S 86400

/* Discards the body, and breaks an answer off that does not end. */
static size_t
hook_call_on_body(char *bytes, size_t size, size_t n, void *userdata)
{
	HookCall   *call = userdata;

	(void) bytes;
	call->answer_len += size * n;
	return call->answer_len > HOOK_ANSWER_MAX ? 0 : size * n;
}

/* The value of a header line of this name; its length, or 0. */
static size_t
hook_call_field(const char *line, size_t len, const char *name, const char **value)
{
	size_t		skip = strlen(name);

	if (len <= skip || strncasecmp(line, name, skip) != 0 || line[skip] != ':')
		return 0;
	for (skip++; skip < len && (line[skip] == ' ' || line[skip] == '\t'); skip++)
		continue;
	while (len > skip && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	*value = line + skip;
	return len - skip;
}

static size_t
hook_call_on_header(char *line, size_t size, size_t n, void *userdata)
{
	HookCall   *call = userdata;
	const char *value;
	size_t		len;

	if ((len = hook_call_field(line, size * n, "WebHook-Allowed-Origin", &value)) > 0)
		(void) snprintf(call->allowed_origin, sizeof(call->allowed_origin), "%.*s",
						(int) len, value);
	else if ((len = hook_call_field(line, size * n, "WebHook-Allowed-Rate", &value)) > 0 &&
			 len < 10 && *value != '*')
		call->allowed_rate = (int) strtol(value, NULL, 10);
	return size * n;
}

/* Makes the socket of a connection, or refuses its address. */
static curl_socket_t
hook_call_on_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *address)
{
	HookCall   *call = userdata;

	(void) purpose;
	/* behind a proxy, judging is the proxy's part */
	if (call->rules->proxy[0] == '\0' &&
		!egress_allowed(&address->addr, call->rules->private_network))
	{
		call->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool
hook_call_set_limits(CURL *easy, const HookRules *rules)
{
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, HOOK_CONNECT_MS) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) rules->timeout_ms) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXY, rules->proxy) == CURLE_OK &&
		(rules->ca_file == NULL ||
		 curl_easy_setopt(easy, CURLOPT_CAINFO, rules->ca_file) == CURLE_OK) &&
		(rules->client_cert == NULL ||
		 curl_easy_setopt(easy, CURLOPT_SSLCERT, rules->client_cert) == CURLE_OK) &&
		(rules->client_key == NULL ||
		 curl_easy_setopt(easy, CURLOPT_SSLKEY, rules->client_key) == CURLE_OK);
}

static bool
hook_call_set_callbacks(HookCall *call)
{
	CURL	   *easy = call->easy;

	return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, hook_call_on_body) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, hook_call_on_header) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, call) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, hook_call_on_socket) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call) == CURLE_OK;
}

bool
hook_call_open(HookCall *call, const HookRules *rules, const char *url, void *owner)
{
	memset(call, 0, sizeof(*call));
	call->rules = rules;
	call->easy = curl_easy_init();
	return call->easy != NULL && hook_call_set_limits(call->easy, rules) &&
		hook_call_set_callbacks(call) &&
		curl_easy_setopt(call->easy, CURLOPT_URL, url) == CURLE_OK &&
		curl_easy_setopt(call->easy, CURLOPT_PRIVATE, owner) == CURLE_OK;
}

void
hook_call_close(HookCall *call)
{
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->handshake);
	memset(call, 0, sizeof(*call));
}

static void
hook_call_reset(HookCall *call)
{
	call->answer_len = 0;
	call->address_refused = false;
}

bool
hook_call_post(HookCall *call, const Message *message)
{
	CURL	   *easy = call->easy;

	hook_call_reset(call);
	return curl_easy_setopt(easy, CURLOPT_POSTFIELDS, message->body.data) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
						 (curl_off_t) message->body.len) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, message->headers) == CURLE_OK;
}

bool
hook_call_ask(HookCall *call)
{
	char		line[320];

	hook_call_reset(call);
	(void) snprintf(line, sizeof(line), "WebHook-Request-Origin: %s", call->rules->origin);
	call->handshake = curl_slist_append(NULL, line);
	return call->handshake != NULL &&
		curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, "OPTIONS") == CURLE_OK &&
		curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->handshake) == CURLE_OK;
}

HookAnswer
hook_call_answer(const HookCall *call, CURLcode code)
{
	HookAnswer	answer = {0};
	long		status = 0;
	curl_off_t	retry_s = 0;

	if (call->address_refused)
		(void) snprintf(answer.reason, sizeof(answer.reason), "the address may not be called");
	else if (call->answer_len > HOOK_ANSWER_MAX)
		(void) snprintf(answer.reason, sizeof(answer.reason), "the answer is too large");
	else if (code != CURLE_OK)
		/* not curl's longer words, which name the host: the reason goes into logs and events */
		(void) snprintf(answer.reason, sizeof(answer.reason), "%s", curl_easy_strerror(code));
	if (answer.reason[0] != '\0')
		return answer;
	(void) curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	(void) curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_s);
	answer.status = (int) status;
	answer.retry_ms = (int) (retry_s > HOOK_RETRY_MAX_S ? HOOK_RETRY_MAX_S : retry_s) * 1000;
	if (status < 200 || status > 299)
		(void) snprintf(answer.reason, sizeof(answer.reason), "HTTP status %ld", status);
	return answer;
}

bool
hook_call_agreed(const HookCall *call)
{
	return strcmp(call->allowed_origin, "*") == 0 ||
		strcasecmp(call->allowed_origin, call->rules->origin) == 0;
}
