/*
 * h_rpc.c: a function call: parse the arguments, pick the function, call, show what it returns.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "h_rpc.h"

#include "arguments.h"
#include "call.h"
#include "jsonscan.h"

static void
render_value(Request *request, const PGresult *rows)
{
	request_body(request, rows, "");
}

static void
render_nothing(Request *request, const PGresult *rows)
{
	static const Reply nothing = {204, NULL, {NULL, 0}, "", false};

	(void) rows;
	request_reply(request, &nothing);
}

/* application/json, with or without parameters; no content coding. */
static bool
body_is_json(const HttpParser *parser)
{
	Span		type = http_header(parser, "content-type");
	Span		main_type = span_cut(&type, ';');

	while (main_type.len > 0 && main_type.at[main_type.len - 1] == ' ')
		main_type.len--;
	return span_is_nocase(main_type, "application/json") &&
		http_header(parser, "content-encoding").at == NULL;
}

static bool
read_arguments(const Request *request, Arguments *arguments, Failure *failure)
{
	const HttpParser *parser = &request->conn->parser;
	Span		body = {parser->body.data, parser->body.len};

	arguments_init(arguments);
	if (strcmp(http_method(parser), "POST") != 0)
		return arguments_of_query(arguments, &request->url, failure);
	if (body.len == 0)
		return true;
	return jsonscan_check(body, failure) && arguments_of_body(arguments, body, failure);
}

/* The Idempotency-Key header is the argument idempotency_key, unless the body has it already. */
static bool
add_key(const Request *request, Arguments *arguments, const CatalogFunction *functions, int count,
		Failure *failure)
{
	static const char argument[] = "idempotency_key";
	Span		key = http_header(&request->conn->parser, "idempotency-key");

	if (key.at == NULL)
		return true;
	for (int i = 0; i < count; i++)
		if (catalog_argument(&functions[i], span_of(argument)) >= 0)
			return arguments_default(arguments, argument, key);
	failure_set_sqlstate(failure, "UP007", "function \"%s\" takes no idempotency key",
						 functions->name);
	return false;
}

/* Every overload of a name is called in the same way, so one that writes makes POST necessary. */
static bool
any_writes(const CatalogFunction *functions, int count)
{
	for (int i = 0; i < count; i++)
		if (functions[i].writes)
			return true;
	return false;
}

/* The one that is meant, its call in the request's job; NULL with the reason. */
static const CatalogFunction *
make_call(Request *request, const CatalogFunction *functions, int count, Arguments *arguments,
		  Failure *failure)
{
	const CatalogFunction *function = NULL;

	request->job = job_new();
	if (request->job == NULL)
		failure_set_sqlstate(failure, "53200", "out of memory");
	else if (read_arguments(request, arguments, failure) &&
			 add_key(request, arguments, functions, count, failure))
		function = arguments_match(arguments, functions, count, failure);
	if (function == NULL ||
		!call_function(&request->job->statement, function, arguments, failure))
		return NULL;
	request->render = function->returns_void ? render_nothing : render_value;
	return function;
}

const CatalogFunction *
h_rpc_prepare(Request *request, const CatalogFunction *functions, int count,
			  Arguments *arguments)
{
	const HttpParser *parser = &request->conn->parser;
	bool		post = strcmp(http_method(parser), "POST") == 0;
	const CatalogFunction *function;
	Failure		failure;

	if (!post && any_writes(functions, count))
		request_problem(request, problem_method("POST"));
	else if (post && parser->body.len > 0 && !body_is_json(parser))
		request_problem(request, problem_http(415, "the body must be application/json"));
	else if ((function = make_call(request, functions, count, arguments, &failure)) != NULL)
		return function;
	else
		request_failure(request, &failure);
	return NULL;
}

void
h_rpc(Request *request, Span name)
{
	int			count;
	const CatalogFunction *functions = catalog_functions(request->service->catalog, name, &count);
	const CatalogFunction *function;
	Arguments	arguments;

	request->known = functions != NULL;
	if (functions == NULL)
		request_problem(request, problem_sqlstate("42883", "function does not exist"));
	else if ((function = h_rpc_prepare(request, functions, count, &arguments)) != NULL)
		request_perform(request, function->writes ? LANE_WRITE : LANE_READ);
}
