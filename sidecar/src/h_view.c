/*
 * h_view.c: a page of a view.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "h_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "call.h"
#include "read.h"

/* Where the page begins; the limit and the offset are the statement's last two values. */
static int64_t
page_offset(const Request *request)
{
	const Statement *statement = &request->job->statement;

	return strtoll(statement_param(statement, statement->param_count), NULL, 10);
}

static void
render(Request *request, const PGresult *rows)
{
	int64_t		count = strtoll(PQgetvalue(rows, 0, 1), NULL, 10);
	int64_t		offset = page_offset(request);
	const char *total = PQgetisnull(rows, 0, 2) ? "*" : PQgetvalue(rows, 0, 2);
	char		headers[96];

	if (count == 0)
		snprintf(headers, sizeof(headers), "Content-Range: */%s\r\n", total);
	else
		snprintf(headers, sizeof(headers), "Content-Range: %" PRId64 "-%" PRId64 "/%s\r\n",
				 offset, offset + count - 1, total);
	request_body(request, rows, headers);
}

/* Prefer: count=exact, also among other preferences, which are not understood and so ignored. */
static bool
prefers_count(const HttpParser *parser)
{
	Span		rest = http_header(parser, "prefer");

	while (rest.len > 0)
	{
		Span		item = span_cut(&rest, ',');

		while (item.len > 0 && *item.at == ' ')
			item = (Span) {item.at + 1, item.len - 1};
		if (span_is(item, "count=exact"))
			return true;
	}
	return false;
}

void
h_view(Request *request, Span name)
{
	const CatalogView *view = catalog_view(request->service->catalog, name);
	Failure		failure;
	Read		read;

	request->known = view != NULL;
	if (view == NULL)
	{
		request_problem(request, problem_sqlstate("42P01", "view does not exist"));
		return;
	}
	request->job = job_new();
	if (request->job == NULL)
	{
		request_problem(request, problem_sqlstate("53200", "out of memory"));
		return;
	}
	if (!read_parse(&read, view, &request->url, &failure))
	{
		request_failure(request, &failure);
		return;
	}
	read.count = prefers_count(&request->conn->parser);
	call_view(&request->job->statement, &read);
	request->render = render;
	request_perform(request, LANE_READ);
}
