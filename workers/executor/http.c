/*
 * http.c: the adapter that sends HTTP requests.
 *
 * A transfer belongs to its job from http_begin until it is over or abandoned; it owns the easy
 * handle, the request that curl points into, and the reply.
 *
 * Whether a request may have reached the other side is decided by curl's PREREQ callback, which
 * runs when the connection stands and just before the first byte is sent.  A connection that is
 * used again could break that rule: when it turns out dead, curl sends the request a second time.
 * So operations that are not idempotent always get a fresh connection.
 *
 * Refused in every case: protocols other than http and https, redirects, HTTP/0.9, proxies and
 * credentials from the environment or from .netrc.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/egress.h"
#include "executor/breaker.h"
#include "executor/proxy.h"
#include "executor/reply.h"
#include "executor/request.h"

/* curl allows more descriptors in one wait than any executor has jobs. */
#define HTTP_FDS_MAX 4096

#define HTTP_RETRY_AFTER_MAX_S 86400

typedef struct HttpTransfer
{
	Job		   *job;
	CURL	   *easy;
	Request		request;
	Reply		reply;
	const HttpSettings *settings;
	bool		address_refused;
	char		error[CURL_ERROR_SIZE];
} HttpTransfer;

struct Http
{
	CURLM	   *multi;
	Breaker    *breaker;
	HttpSettings settings;
};

static size_t
http_on_header(char *line, size_t size, size_t n, void *userdata)
{
	HttpTransfer *transfer = userdata;

	reply_header(&transfer->reply, line, size * n);
	return size * n;
}

static size_t
http_on_body(char *bytes, size_t size, size_t n, void *userdata)
{
	HttpTransfer *transfer = userdata;

	return reply_body(&transfer->reply, bytes, size * n) ? size * n : 0;
}

/* curl fixes this callback's form. */
static int
http_on_send(void *userdata, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	HttpTransfer *transfer = userdata;

	(void) remote_ip;
	(void) local_ip;
	(void) remote_port;
	(void) local_port;
	transfer->job->begun = true;
	return CURL_PREREQFUNC_OK;
}

/* Makes the socket of a connection, or refuses its address. */
static curl_socket_t
http_on_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *address)
{
	HttpTransfer *transfer = userdata;

	(void) purpose;
	/* behind a proxy, judging is the proxy's part */
	if (transfer->settings->egress == NULL && transfer->settings->proxy[0] == '\0' &&
		!egress_allowed(&address->addr, transfer->settings->private_network))
	{
		transfer->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool
http_set_limits(const Http *http, const HttpTransfer *transfer)
{
	CURL	   *easy = transfer->easy;
	const Job  *job = transfer->job;
	int			connect_ms = http->settings.connect_timeout_ms;

	if (connect_ms > job->timeout_ms)
		connect_ms = job->timeout_ms;
	return curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) connect_ms) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) job->timeout_ms) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXY, http->settings.proxy) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT,
						 job->operation.idempotent ? 0L : 1L) == CURLE_OK &&
		(http->settings.ca_file == NULL ||
		 curl_easy_setopt(easy, CURLOPT_CAINFO, http->settings.ca_file) == CURLE_OK);
}

static bool
http_set_callbacks(HttpTransfer *transfer)
{
	CURL	   *easy = transfer->easy;

	return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_on_header) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_on_body) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, http_on_send) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, http_on_socket) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK;
}

static void
http_release(Http *http, HttpTransfer *transfer)
{
	if (transfer->easy != NULL)
	{
		(void) curl_multi_remove_handle(http->multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
	}
	request_free(&transfer->request);
	reply_free(&transfer->reply);
	transfer->job->http = NULL;
	free(transfer);
}

/* Ends a job whose destination is to be left alone; nothing was sent. */
static bool
http_admits(Http *http, HttpTransfer *transfer)
{
	Job		   *job = transfer->job;
	int64_t		wait_ms;

	if (breaker_admits(http->breaker, job->tenant_id, transfer->request.url.data, clock_ms(),
					   &wait_ms))
		return true;
	outcome_error(&job->outcome, "Http.CircuitOpen",
				  "the destination is left alone for another %lld ms",
				  (long long) wait_ms);
	return false;
}

/* Builds the transfer and hands it to curl; false with the reason, in failure or as the outcome. */
static bool
http_start(Http *http, HttpTransfer *transfer, Failure *failure)
{
	const Job  *job = transfer->job;

	transfer->settings = &http->settings;
	reply_init(&transfer->reply, job->operation.max_response_bytes);
	if (!request_build(&transfer->request, job, http->settings.credentials_fd, failure) ||
		!http_admits(http, transfer))
		return false;

	failure_set(failure, "could not set the transfer up");
	transfer->easy = curl_easy_init();
	return transfer->easy != NULL &&
		http_set_limits(http, transfer) &&
		http_set_callbacks(transfer) &&
		(http->settings.egress == NULL ||
		 proxy_apply(http->settings.egress, job, transfer->easy)) &&
		request_apply(&transfer->request, &job->operation, transfer->easy) &&
		curl_multi_add_handle(http->multi, transfer->easy) == CURLM_OK;
}

void
http_begin(Http *http, Job *job)
{
	Failure		failure = {.message = "out of memory"};
	HttpTransfer *transfer = calloc(1, sizeof(*transfer));

	if (transfer != NULL)
	{
		transfer->job = job;
		job->http = transfer;
		if (http_start(http, transfer, &failure))
			return;
		http_release(http, transfer);
	}
	if (job->outcome.kind == OUTCOME_NONE)
		outcome_error(&job->outcome, "Adapter.BadInput", "%s", failure.message);
	job->state = JOB_ENDED;
}

/* Whether a transfer failed because of who is at the other end. */
static bool
http_blames_destination(const HttpTransfer *transfer, CURLcode code)
{
	return !transfer->address_refused &&
		(code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
		 code == CURLE_OPERATION_TIMEDOUT ||
		 code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING);
}

/* Lets the breaker know: a destination that says that it cannot has failed, too. */
static void
http_learn(Http *http, HttpTransfer *transfer, CURLcode code, long status)
{
	const char *tenant_id = transfer->job->tenant_id;
	const char *url = transfer->request.url.data;
	bool		unable = status == 502 || status == 503 || status == 504;
	curl_off_t	retry_after = 0;

	if (code == CURLE_OK && (unable || status == 429))
		(void) curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
	if (retry_after > HTTP_RETRY_AFTER_MAX_S)
		retry_after = HTTP_RETRY_AFTER_MAX_S;
	transfer->job->retry_after_ms = (int64_t) retry_after * 1000;
	if (code == CURLE_OK ? unable || retry_after > 0 : http_blames_destination(transfer, code))
		breaker_bad(http->breaker, tenant_id, url, clock_ms(), (int64_t) retry_after * 1000);
	else if (code == CURLE_OK)
		breaker_good(http->breaker, tenant_id, url);
}

/* Ends a job whose transfer failed. */
static void
http_failed(HttpTransfer *transfer, CURLcode code)
{
	Job		   *job = transfer->job;
	const char *proxy = code == CURLE_PROXY ? proxy_reason(transfer->easy) : NULL;
	const char *said = proxy != NULL ? proxy : transfer->error;
	const char *cause = said[0] != '\0' ? said : curl_easy_strerror(code);
	bool		broken = code == CURLE_PARTIAL_FILE || code == CURLE_WEIRD_SERVER_REPLY ||
		code == CURLE_UNSUPPORTED_PROTOCOL;

	if (transfer->reply.too_large)
	{
		outcome_error(&job->outcome, "Http.TooLarge", "the response has more than %zu bytes",
					  transfer->reply.body.max);
		job->state = JOB_ENDED;
	}
	else if (code == CURLE_URL_MALFORMAT)
	{
		outcome_error(&job->outcome, "Adapter.BadInput", "%s", cause);
		job->state = JOB_ENDED;
	}
	else if (transfer->address_refused && !job->begun)
	{
		outcome_error(&job->outcome, "Http.Connect", "the address is not allowed");
		job->state = JOB_ENDED;
	}
	else if (code == CURLE_OPERATION_TIMEDOUT)
		job_lost(job, "Http.Connect", "States.Timeout", cause);
	else
		job_lost(job, "Http.Connect", broken ? "Http.BadResponse" : "Http.Connect", cause);
}

static void
http_finish(Http *http, CURL *easy, CURLcode code)
{
	HttpTransfer *transfer;
	long		status = 0;

	(void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &transfer);
	(void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	http_learn(http, transfer, code, status);
	if (code == CURLE_OK)
	{
		reply_outcome(&transfer->reply, &transfer->job->operation, (int) status,
					  &transfer->job->outcome);
		transfer->job->state = JOB_ENDED;
	}
	else
		http_failed(transfer, code);
	http_release(http, transfer);
}

void
http_step(Http *http)
{
	CURLMsg    *message;
	int			left;

	(void) curl_multi_perform(http->multi, &left);
	while ((message = curl_multi_info_read(http->multi, &left)) != NULL)
	{
		if (message->msg == CURLMSG_DONE)
			http_finish(http, message->easy_handle, message->data.result);
	}
}

void
http_wait(Http *http, struct pollfd *fds, int n_fds, int timeout_ms)
{
	struct curl_waitfd waits[HTTP_FDS_MAX];

	if (n_fds > HTTP_FDS_MAX)
		n_fds = HTTP_FDS_MAX;
	for (int i = 0; i < n_fds; i++)
	{
		waits[i].fd = fds[i].fd;
		waits[i].events = (short) ((fds[i].events & POLLIN ? CURL_WAIT_POLLIN : 0) |
								   (fds[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
		waits[i].revents = 0;
	}
	(void) curl_multi_poll(http->multi, waits, (unsigned) n_fds, timeout_ms, NULL);
}

void
http_abandon(Http *http, Job *job)
{
	if (job->http != NULL)
		http_release(http, job->http);
}

void
http_destroy(Http *http)
{
	if (http == NULL)
		return;
	(void) curl_multi_cleanup(http->multi);
	breaker_destroy(http->breaker);
	free(http);
	curl_global_cleanup();
}

Http *
http_create(const HttpSettings *settings, Failure *failure)
{
	Http	   *http = calloc(1, sizeof(*http));

	failure_set(failure, "could not start libcurl");
	if (http == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		free(http);
		return NULL;
	}
	http->settings = *settings;
	http->multi = curl_multi_init();
	http->breaker = breaker_create(settings->breaker_failures, settings->breaker_ms);
	if (http->multi == NULL || http->breaker == NULL ||
		curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
						  (long) settings->host_connections) != CURLM_OK)
	{
		http_destroy(http);
		return NULL;
	}
	return http;
}
