/*
 * route.c: which handler a request of the API goes to.
 *
 *     GET  /                  h_index, no token needed
 *     POST /rpc/<function>    h_rpc   (GET too when the function only reads)
 *     GET  /events            h_events
 *     POST /worker/<call>     h_worker
 *     GET  /<view>            h_view
 *
 * Before a handler is asked the caller is identified, so that a request without a good token
 * learns nothing, not even whether its path exists.  A worker's token is good for a worker's calls
 * only, whatever other roles it may have.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "route.h"

#include "authn.h"
#include "h_events.h"
#include "h_index.h"
#include "h_rpc.h"
#include "h_view.h"
#include "h_worker.h"

static bool
is_method(const Request *request, const char *method)
{
	return strcmp(http_method(&request->conn->parser), method) == 0;
}

static bool
is_read(const Request *request)
{
	return is_method(request, "GET") || is_method(request, "HEAD");
}

/* The client takes this type, as far as its Accept header tells. */
static bool
accepts(const Request *request, const char *family, const char *wanted)
{
	const char *const types[] = {"*/*", family, wanted};
	Span		accept = http_header(&request->conn->parser, "accept");

	if (accept.len == 0)
		return true;
	while (accept.len > 0)
	{
		Span		item = span_cut(&accept, ',');
		Span		type = span_cut(&item, ';');

		while (type.len > 0 && *type.at == ' ')
			type = (Span) {type.at + 1, type.len - 1};
		while (type.len > 0 && type.at[type.len - 1] == ' ')
			type.len--;
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (span_is_nocase(type, types[i]))
				return true;
	}
	return false;
}

/* Cuts the prefix off; false when the path has another one, or nothing behind it. */
static bool
cut_prefix(Span *path, const char *prefix)
{
	size_t		len = strlen(prefix);

	if (path->len <= len || memcmp(path->at, prefix, len) != 0)
		return false;
	*path = (Span) {path->at + len, path->len - len};
	return true;
}

/* Identifies whoever may come in by other ways than the workers'; on false it has been answered. */
static bool
identify_caller(Request *request)
{
	if (!request_identify(request))
		return false;
	if (!authn_is_worker(request->identity))
		return true;
	request_problem(request, problem_sqlstate("UP205",
											  "a worker's token is good for /worker/ only"));
	return false;
}

static void
dispatch(Request *request, Span path)
{
	if (cut_prefix(&path, "/worker/"))
	{
		request->route = ROUTE_WORKER;
		if (request_identify(request))
			h_worker(request, path);
		return;
	}
	if (!identify_caller(request))
		return;
	if (cut_prefix(&path, "/rpc/"))
	{
		request->route = ROUTE_RPC;
		if (is_read(request) || is_method(request, "POST"))
			h_rpc(request, path);
		else
			request_problem(request, problem_method("GET, HEAD, POST"));
		return;
	}
	request->route = ROUTE_VIEW;
	if (is_read(request))
		h_view(request, (Span) {path.at + 1, path.len - 1});
	else
		request_problem(request, problem_method("GET, HEAD"));
}

static void
dispatch_events(Request *request)
{
	request->route = ROUTE_EVENTS;
	if (!accepts(request, "text/*", "text/event-stream"))
		request_problem(request, problem_http(406, "only text/event-stream is spoken here"));
	else if (!is_method(request, "GET"))
		request_problem(request, problem_method("GET"));
	else if (identify_caller(request))
		h_events(request);
}

void
route_request(Conn *conn)
{
	Service    *service = conn->rules->service;
	Request    *request = request_new(service, conn);
	Failure		failure;

	if (request == NULL)
	{
		conn_close(conn);
		return;
	}
	request->has_url = url_parse(&request->url, http_target(&conn->parser), &failure);
	if (!request->has_url)
		request_failure(request, &failure);
	else if (service->catalog == NULL)
		request_problem(request, problem_sqlstate("57P03", "the catalogue is not loaded yet"));
	else if (span_is(request->url.path, "/events"))
		dispatch_events(request);
	else if (!accepts(request, "application/*", "application/json"))
		request_problem(request, problem_http(406, "only application/json is spoken here"));
	else if (!span_is(request->url.path, "/"))
		dispatch(request, request->url.path);
	else if (is_read(request))
	{
		request->route = ROUTE_INDEX;
		h_index(request);
	}
	else
		request_problem(request, problem_method("GET, HEAD"));
}

void
route_refused(Conn *conn, int status, const char *reason)
{
	Request    *request = request_new(conn->rules->service, conn);

	if (request == NULL)
		conn_close(conn);
	else
		request_problem(request, problem_http(status, reason));
}

void
route_gone(Conn *conn)
{
	Request    *request = conn->request;

	conn->request = NULL;
	request_free(request);
}
