/*
 * h_index.c: GET /: the functions and the views, with what their comments say.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "h_index.h"

#include "maxima.h"

static bool
write_text(Buf *out, const char *text)
{
	return text == NULL ? buf_text(out, "null") : buf_json_string(out, text, strlen(text));
}

static bool
write_entry(Buf *out, bool first, const char *prefix, const char *name, const char *method,
			const char *comment)
{
	return buf_printf(out, "%s{\"path\":\"%s%s\",\"method\":\"%s\",\"comment\":",
					  first ? "" : ",", prefix, name, method) &&
		write_text(out, comment) && buf_char(out, '}');
}

static bool
write_index(const Catalog *catalog, Buf *out)
{
	bool		fine = buf_text(out, "{\"name\":\"portarium\",\"functions\":[");

	for (int i = 0; fine && i < catalog->function_count; i++)
	{
		const CatalogFunction *function = &catalog->functions[i];

		fine = write_entry(out, i == 0, "/rpc/", function->name,
						   function->writes ? "POST" : "GET", function->comment);
	}
	fine = fine && buf_text(out, "],\"views\":[");
	for (int i = 0; fine && i < catalog->view_count; i++)
		fine = write_entry(out, i == 0, "/", catalog->views[i].name, "GET",
						   catalog->views[i].comment);
	return fine && buf_text(out, "]}");
}

void
h_index(Request *request)
{
	Buf			body;

	buf_init(&body, LIMIT_RESPONSE);
	if (write_index(request->service->catalog, &body))
		request_json(request, 200, (Span) {body.data, body.len}, "");
	else
		request_problem(request, problem_sqlstate("53200", "out of memory"));
	buf_free(&body);
}
